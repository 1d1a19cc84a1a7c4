import { mulAdd } from './lanes';

/** a0 b0[j] + a1 b1[j] for one vector of columns. */
@inline
function twoRows<T>(a0: v128, a1: v128, b0: usize, b1: usize): v128 {
  return mulAdd<T>(v128.mul<T>(a0, v128.load(b0)), a1, v128.load(b1));
}

/** The same for one column. */
@inline
function twoElements<T>(a: usize, b0: usize, b1: usize): T {
  return <T>(<T>(load<T>(a) * load<T>(b0)) + <T>(load<T>(a, sizeof<T>()) * load<T>(b1)));
}

/**
 * C (1 x n) = a (k) · B (k x n) in the memory order of B, so a tall B is read once at the speed of memory:
 * eight rows at a time are combined as a tree and added to C, then the remaining rows one by one.
 */
@inline
export function vectorTimes<T>(c: usize, a: usize, b: usize, n: i32, k: i32, accumulate: bool): void {
  const size = sizeof<T>();
  const row = (<usize>n) * size;
  const full = row & ~15;
  if (!accumulate) memory.fill(c, 0, row);
  let p = 0;
  for (; p + 8 <= k; p += 8, a += 8 * size, b += 8 * row) {
    let b0 = b;
    let b2 = b0 + 2 * row;
    let b4 = b2 + 2 * row;
    let b6 = b4 + 2 * row;
    const a0 = v128.load_splat<T>(a);
    const a1 = v128.load_splat<T>(a, sizeof<T>());
    const a2 = v128.load_splat<T>(a, 2 * sizeof<T>());
    const a3 = v128.load_splat<T>(a, 3 * sizeof<T>());
    const a4 = v128.load_splat<T>(a, 4 * sizeof<T>());
    const a5 = v128.load_splat<T>(a, 5 * sizeof<T>());
    const a6 = v128.load_splat<T>(a, 6 * sizeof<T>());
    const a7 = v128.load_splat<T>(a, 7 * sizeof<T>());
    let j: usize = 0;
    for (; j < full; j += 16, b0 += 16, b2 += 16, b4 += 16, b6 += 16) {
      const s0 = v128.add<T>(twoRows<T>(a0, a1, b0, b0 + row), twoRows<T>(a2, a3, b2, b2 + row));
      const s4 = v128.add<T>(twoRows<T>(a4, a5, b4, b4 + row), twoRows<T>(a6, a7, b6, b6 + row));
      v128.store(c + j, v128.add<T>(v128.load(c + j), v128.add<T>(s0, s4)));
    }
    for (; j < row; j += size, b0 += size, b2 += size, b4 += size, b6 += size) {
      const s0 = <T>(twoElements<T>(a, b0, b0 + row) + twoElements<T>(a + 2 * size, b2, b2 + row));
      const s4 = <T>(twoElements<T>(a + 4 * size, b4, b4 + row) + twoElements<T>(a + 6 * size, b6, b6 + row));
      store<T>(c + j, <T>(load<T>(c + j) + <T>(s0 + s4)));
    }
  }
  for (; p < k; p++, a += size, b += row) {
    let j: usize = 0;
    for (; j < full; j += 16) {
      v128.store(c + j, mulAdd<T>(v128.load(c + j), v128.load_splat<T>(a), v128.load(b + j)));
    }
    for (; j < row; j += size) store<T>(c + j, <T>(load<T>(c + j) + <T>(load<T>(a) * load<T>(b + j))));
  }
}
