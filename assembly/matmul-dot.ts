// C = A Bᵀ: rows of A against rows of B, both contiguous in k, so nothing is packed. Each element of C is
// summed in one vector (lane l takes p = l mod lanes), then across the lanes, then the tail of k; blocks of
// k are added in turn. The order depends on k alone, not on the tile an element falls into: a row's result
// is the same in any batch.

import { madeOutside, makeOutside } from './accelerator';
import { mulAdd } from './lanes';

/** Elements of k per block: a tile's six rows of 8 KiB stay in the L1 cache. */
const K_STEP: i32 = 1024;
/** Rows of B per block: half a megabyte, which stays in the L2 cache while all of A passes. */
const N_STEP: i32 = 64;

@inline
function fold<T>(v: v128): T {
  if (sizeof<T>() == 4) {
    const h = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
    return <T>(f32x4.extract_lane(h, 0) + f32x4.extract_lane(h, 1));
  }
  return <T>(f64x2.extract_lane(v, 0) + f64x2.extract_lane(v, 1));
}

/** Writes one element: the lanes, then the tail of k, then what C already holds. */
@inline
function finish<T>(c: usize, v: v128, a: usize, b: usize, tail: usize, add: bool): void {
  let s = fold<T>(v);
  for (let p: usize = 0; p < tail; p += sizeof<T>()) s = <T>(s + <T>(load<T>(a + p) * load<T>(b + p)));
  store<T>(c, add ? <T>(load<T>(c) + s) : s);
}

/** Four rows of A by two rows of B; strides and k in bytes. */
@inline
function tile4x2<T>(
  c: usize, ldc: usize, a: usize, lda: usize, b: usize, ldb: usize, k: usize, add: bool,
): void {
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  let b0 = b;
  let b1 = b0 + ldb;
  const end = a0 + (k & ~15);
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  let x: v128;
  let y0: v128;
  let y1: v128;
  // One block of sums after the other, as in tiles.ts.
  while (a0 + 32 <= end) {
    y0 = v128.load(b0);
    y1 = v128.load(b1);
    x = v128.load(a0);
    c00 = mulAdd<T>(c00, x, y0);
    c01 = mulAdd<T>(c01, x, y1);
    x = v128.load(a1);
    c10 = mulAdd<T>(c10, x, y0);
    c11 = mulAdd<T>(c11, x, y1);
    x = v128.load(a2);
    c20 = mulAdd<T>(c20, x, y0);
    c21 = mulAdd<T>(c21, x, y1);
    x = v128.load(a3);
    c30 = mulAdd<T>(c30, x, y0);
    c31 = mulAdd<T>(c31, x, y1);
    if (b0 != 0) {
      y0 = v128.load(b0, 16);
      y1 = v128.load(b1, 16);
      x = v128.load(a0, 16);
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load(a1, 16);
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load(a2, 16);
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load(a3, 16);
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    a0 += 32;
    a1 += 32;
    a2 += 32;
    a3 += 32;
    b0 += 32;
    b1 += 32;
  }
  if (a0 < end) {
    y0 = v128.load(b0);
    y1 = v128.load(b1);
    x = v128.load(a0);
    c00 = mulAdd<T>(c00, x, y0);
    c01 = mulAdd<T>(c01, x, y1);
    x = v128.load(a1);
    c10 = mulAdd<T>(c10, x, y0);
    c11 = mulAdd<T>(c11, x, y1);
    x = v128.load(a2);
    c20 = mulAdd<T>(c20, x, y0);
    c21 = mulAdd<T>(c21, x, y1);
    x = v128.load(a3);
    c30 = mulAdd<T>(c30, x, y0);
    c31 = mulAdd<T>(c31, x, y1);
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    b0 += 16;
    b1 += 16;
  }
  const tail = k & 15;
  const next = sizeof<T>();
  finish<T>(c, c00, a0, b0, tail, add);
  finish<T>(c + next, c01, a0, b1, tail, add);
  c += ldc;
  finish<T>(c, c10, a1, b0, tail, add);
  finish<T>(c + next, c11, a1, b1, tail, add);
  c += ldc;
  finish<T>(c, c20, a2, b0, tail, add);
  finish<T>(c + next, c21, a2, b1, tail, add);
  c += ldc;
  finish<T>(c, c30, a3, b0, tail, add);
  finish<T>(c + next, c31, a3, b1, tail, add);
}

/** Four rows of A by one row of B; also one row of A by four of B, because a product commutes. */
function tile4x1<T>(c: usize, ldc: usize, a: usize, lda: usize, b: usize, k: usize, add: bool): void {
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
  const end = a0 + (k & ~15);
  let c0 = v128.splat<T>(<T>0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  while (a0 < end) {
    const y = v128.load(b);
    c0 = mulAdd<T>(c0, v128.load(a0), y);
    c1 = mulAdd<T>(c1, v128.load(a1), y);
    c2 = mulAdd<T>(c2, v128.load(a2), y);
    c3 = mulAdd<T>(c3, v128.load(a3), y);
    a0 += 16;
    a1 += 16;
    a2 += 16;
    a3 += 16;
    b += 16;
  }
  const tail = k & 15;
  finish<T>(c, c0, a0, b, tail, add);
  finish<T>(c + ldc, c1, a1, b, tail, add);
  finish<T>(c + 2 * ldc, c2, a2, b, tail, add);
  finish<T>(c + 3 * ldc, c3, a3, b, tail, add);
}

function tile1x1<T>(c: usize, a: usize, b: usize, k: usize, add: bool): void {
  const end = a + (k & ~15);
  let s = v128.splat<T>(<T>0);
  for (; a < end; a += 16, b += 16) s = mulAdd<T>(s, v128.load(a), v128.load(b));
  finish<T>(c, s, a, b, k & 15, add);
}

/** One block: m rows of A by n rows of B over k bytes of each row. */
@inline
function block<T>(
  c: usize, ldc: usize, a: usize, b: usize, ldk: usize, m: i32, n: i32, k: usize, add: bool,
): void {
  const size = sizeof<T>();
  let i = 0;
  for (; i + 4 <= m; i += 4, a += 4 * ldk, c += 4 * ldc) {
    let j = 0;
    let bj = b;
    let cj = c;
    for (; j + 2 <= n; j += 2, bj += 2 * ldk, cj += 2 * size) tile4x2<T>(cj, ldc, a, ldk, bj, ldk, k, add);
    if (j < n) tile4x1<T>(cj, ldc, a, ldk, bj, k, add);
  }
  for (; i < m; i++, a += ldk, c += ldc) {
    let j = 0;
    let bj = b;
    let cj = c;
    for (; j + 4 <= n; j += 4, bj += 4 * ldk, cj += 4 * size) tile4x1<T>(cj, size, bj, ldk, a, k, add);
    for (; j < n; j++, bj += ldk, cj += size) tile1x1<T>(cj, a, bj, k, add);
  }
}

@inline
function matmulNT<T>(c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool): void {
  if (madeOutside(m, n, k)) {
    makeOutside<T>(c, n, a, false, b, true, m, n, k, accumulate);
    return;
  }
  const size = sizeof<T>();
  const ldk = (<usize>k) * size;
  const ldc = (<usize>n) * size;
  let p = 0;
  // Runs once for k = 0 too, which clears C unless it accumulates.
  do {
    const depth = (<usize>min(K_STEP, k - p)) * size;
    const at = (<usize>p) * size;
    for (let j = 0; j < n; j += N_STEP) {
      const columns = min(N_STEP, n - j);
      const bj = b + (<usize>j) * ldk + at;
      block<T>(c + (<usize>j) * size, ldc, a + at, bj, ldk, m, columns, depth, accumulate || p > 0);
    }
    p += K_STEP;
  } while (p < k);
}

export function matmulNT32(c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool): void {
  matmulNT<f32>(c, a, b, m, n, k, accumulate);
}

export function matmulNT64(c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool): void {
  matmulNT<f64>(c, a, b, m, n, k, accumulate);
}
