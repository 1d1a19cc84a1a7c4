// Kernels without a reduction: their bits do not depend on the order of the work.

@inline
function axpy<T>(y: usize, a: T, x: usize, n: i32): void {
  const lanes = 16 / sizeof<T>();
  const factor = v128.splat<T>(a);
  let i: usize = 0;
  const bytes = (<usize>n) * sizeof<T>();
  const full = (<usize>(n & ~(2 * lanes - 1))) * sizeof<T>();
  for (; i < full; i += 32) {
    v128.store(y + i, v128.add<T>(v128.load(y + i), v128.mul<T>(factor, v128.load(x + i))));
    v128.store(y + i, v128.add<T>(v128.load(y + i, 16), v128.mul<T>(factor, v128.load(x + i, 16))), 16);
  }
  for (; i < bytes; i += sizeof<T>()) store<T>(y + i, <T>(load<T>(y + i) + <T>(a * load<T>(x + i))));
}

export function axpy32(y: usize, a: f64, x: usize, n: i32): void {
  axpy<f32>(y, <f32>a, x, n);
}

export function axpy64(y: usize, a: f64, x: usize, n: i32): void {
  axpy<f64>(y, a, x, n);
}

@inline
function scale<T>(x: usize, a: T, n: i32): void {
  const lanes = 16 / sizeof<T>();
  const factor = v128.splat<T>(a);
  const end = x + (<usize>n) * sizeof<T>();
  const full = x + (<usize>(n & ~(2 * lanes - 1))) * sizeof<T>();
  for (; x < full; x += 32) {
    v128.store(x, v128.mul<T>(v128.load(x), factor));
    v128.store(x, v128.mul<T>(v128.load(x, 16), factor), 16);
  }
  for (; x < end; x += sizeof<T>()) store<T>(x, <T>(load<T>(x) * a));
}

export function scale32(x: usize, a: f64, n: i32): void {
  scale<f32>(x, <f32>a, n);
}

export function scale64(x: usize, a: f64, n: i32): void {
  scale<f64>(x, a, n);
}

@inline
function addRowBias<T>(x: usize, bias: usize, m: i32, n: i32): void {
  const row = (<usize>n) * sizeof<T>();
  const full = row & ~15;
  for (let i = 0; i < m; i++, x += row) {
    let j: usize = 0;
    for (; j < full; j += 16) v128.store(x + j, v128.add<T>(v128.load(x + j), v128.load(bias + j)));
    for (; j < row; j += sizeof<T>()) store<T>(x + j, <T>(load<T>(x + j) + load<T>(bias + j)));
  }
}

export function addRowBias32(x: usize, bias: usize, m: i32, n: i32): void {
  addRowBias<f32>(x, bias, m, n);
}

export function addRowBias64(x: usize, bias: usize, m: i32, n: i32): void {
  addRowBias<f64>(x, bias, m, n);
}

/** Copies `count` rows of `bytes` bytes (a multiple of 4); the host has checked the indices. */
export function gatherRows(target: usize, source: usize, index: usize, count: i32, bytes: usize): void {
  const full = bytes & ~63;
  const vectors = bytes & ~15;
  for (let i = 0; i < count; i++, target += bytes) {
    const from = source + (<usize>load<u32>(index + ((<usize>i) << 2))) * bytes;
    let j: usize = 0;
    for (; j < full; j += 64) {
      const a = v128.load(from + j);
      const b = v128.load(from + j, 16);
      const c = v128.load(from + j, 32);
      const d = v128.load(from + j, 48);
      v128.store(target + j, a);
      v128.store(target + j, b, 16);
      v128.store(target + j, c, 32);
      v128.store(target + j, d, 48);
    }
    for (; j < vectors; j += 16) v128.store(target + j, v128.load(from + j));
    for (; j < bytes; j += 4) store<u32>(target + j, load<u32>(from + j));
  }
}
