// The product of a few rows with the same matrix, once per time step. The matrix is packed once for all steps into
// panels of some vectors of columns, each contiguous from the first step of k to the last; missing columns are
// zero, and so the product is written with a row stride of whole panels. Every element is summed in the order of
// k, however many rows there are: a sequence has the same bits in any batch.

import { madeOutside, makeOutside } from '../accelerator';
import { mulAdd } from '../lanes';
import { PANEL_BYTES } from '../layout';
import { rowTile } from '../tiles';
import { vectorSigmoid } from '../transcendental';

/** Up to this many rows, one at a time goes through wide panels; above, four at a time through narrow ones. */
const SINGLE_ROWS: i32 = 3;
const WIDE: usize = 128;

@inline
export function panelBytes(m: i32): usize {
  return m <= SINGLE_ROWS ? WIDE : PANEL_BYTES;
}

/** Bytes of a row of the product. */
@inline
export function productStride<T>(m: i32, columns: i32): usize {
  const width = panelBytes(m);
  return ((<usize>columns) * sizeof<T>() + width - 1) / width * width;
}

/** Packs B (k x columns), or columns x k and transposed, for products with m rows that are made here. */
export function packPanels<T>(
  panels: usize, b: usize, transposed: bool, m: i32, columns: i32, k: i32,
): void {
  if (madeOutside(m, columns, k)) return;
  const size = sizeof<T>();
  const row = size * <usize>(transposed ? k : columns);
  const step = transposed ? size : row;
  const next = transposed ? row : size;
  const width = <i32>(panelBytes(m) / size);
  for (let j0 = 0; j0 < columns; j0 += width, b += (<usize>width) * next) {
    const whole = min(width, columns - j0);
    let from = b;
    for (let p = 0; p < k; p++, from += step) {
      let at = from;
      let j = 0;
      for (; j < whole; j++, at += next, panels += size) store<T>(panels, load<T>(at));
      for (; j < width; j++, panels += size) store<T>(panels, <T>0);
    }
  }
}

/**
 * One row by one wide panel, in blocks of four sums: V8 keeps the loads of a block in registers until its sums, which it
 * computes last. One block of eight sums spills, and takes 1.8 times as long.
 */
@inline
function wide<T>(c: usize, a: usize, b: usize, k: i32): void {
  let c0 = v128.splat<T>(<T>0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  let c4 = c0;
  let c5 = c0;
  let c6 = c0;
  let c7 = c0;
  let x: v128;
  for (; k > 0; k -= 4) {
    x = v128.load_splat<T>(a);
    c0 = mulAdd<T>(c0, x, v128.load(b));
    c1 = mulAdd<T>(c1, x, v128.load(b, 16));
    c2 = mulAdd<T>(c2, x, v128.load(b, 32));
    c3 = mulAdd<T>(c3, x, v128.load(b, 48));
    if (b != 0) {
      x = v128.load_splat<T>(a);
      c4 = mulAdd<T>(c4, x, v128.load(b, 64));
      c5 = mulAdd<T>(c5, x, v128.load(b, 80));
      c6 = mulAdd<T>(c6, x, v128.load(b, 96));
      c7 = mulAdd<T>(c7, x, v128.load(b, 112));
    }
    if (k > 1) {
      x = v128.load_splat<T>(a, 1 * sizeof<T>());
      c0 = mulAdd<T>(c0, x, v128.load(b, 128));
      c1 = mulAdd<T>(c1, x, v128.load(b, 144));
      c2 = mulAdd<T>(c2, x, v128.load(b, 160));
      c3 = mulAdd<T>(c3, x, v128.load(b, 176));
    }
    if (k >= 2) {
      x = v128.load_splat<T>(a, 1 * sizeof<T>());
      c4 = mulAdd<T>(c4, x, v128.load(b, 192));
      c5 = mulAdd<T>(c5, x, v128.load(b, 208));
      c6 = mulAdd<T>(c6, x, v128.load(b, 224));
      c7 = mulAdd<T>(c7, x, v128.load(b, 240));
    }
    if (k > 2) {
      x = v128.load_splat<T>(a, 2 * sizeof<T>());
      c0 = mulAdd<T>(c0, x, v128.load(b, 256));
      c1 = mulAdd<T>(c1, x, v128.load(b, 272));
      c2 = mulAdd<T>(c2, x, v128.load(b, 288));
      c3 = mulAdd<T>(c3, x, v128.load(b, 304));
    }
    if (k >= 3) {
      x = v128.load_splat<T>(a, 2 * sizeof<T>());
      c4 = mulAdd<T>(c4, x, v128.load(b, 320));
      c5 = mulAdd<T>(c5, x, v128.load(b, 336));
      c6 = mulAdd<T>(c6, x, v128.load(b, 352));
      c7 = mulAdd<T>(c7, x, v128.load(b, 368));
    }
    if (k > 3) {
      x = v128.load_splat<T>(a, 3 * sizeof<T>());
      c0 = mulAdd<T>(c0, x, v128.load(b, 384));
      c1 = mulAdd<T>(c1, x, v128.load(b, 400));
      c2 = mulAdd<T>(c2, x, v128.load(b, 416));
      c3 = mulAdd<T>(c3, x, v128.load(b, 432));
    }
    if (k >= 4) {
      x = v128.load_splat<T>(a, 3 * sizeof<T>());
      c4 = mulAdd<T>(c4, x, v128.load(b, 448));
      c5 = mulAdd<T>(c5, x, v128.load(b, 464));
      c6 = mulAdd<T>(c6, x, v128.load(b, 480));
      c7 = mulAdd<T>(c7, x, v128.load(b, 496));
    }
    a += 4 * sizeof<T>();
    b += 4 * WIDE;
  }
  v128.store(c, c0);
  v128.store(c, c1, 16);
  v128.store(c, c2, 32);
  v128.store(c, c3, 48);
  v128.store(c, c4, 64);
  v128.store(c, c5, 80);
  v128.store(c, c6, 96);
  v128.store(c, c7, 112);
}

/** C (m x columns, row stride of `productStride`) = A (m x k) B, B as it was given to `packPanels`. */
export function timesPanels<T>(
  c: usize, a: usize, panels: usize, b: usize, transposed: bool, m: i32, columns: i32, k: i32,
): void {
  const ldc = productStride<T>(m, columns);
  if (madeOutside(m, columns, k)) {
    makeOutside<T>(c, <i32>(ldc / sizeof<T>()), a, false, b, transposed, m, columns, k, false);
    return;
  }
  const lda = (<usize>k) * sizeof<T>();
  const width = panelBytes(m);
  const step = width * (<usize>k);
  for (let j: usize = 0; j < ldc; j += width, panels += step) {
    if (m <= SINGLE_ROWS) {
      for (let i: usize = 0; i < <usize>m; i++) wide<T>(c + i * ldc + j, a + i * lda, panels, k);
      continue;
    }
    // The last four rows may overlap the four before them: they are written twice, with the same numbers.
    for (let i = 0; i < m; i += 4) {
      const row = <usize>min(i, m - 4);
      rowTile<T>(c + row * ldc + j, ldc, a + row * lda, lda, panels, k, false);
    }
  }
}

/** A vector, or one element in every lane where no whole vector is left. */
@inline
export function loadPart<T>(at: usize, whole: bool): v128 {
  return whole ? v128.load(at) : v128.splat<T>(load<T>(at));
}

/** 2^30 times the smallest normal number. */
@inline
function leastKept<T>(): T {
  return sizeof<T>() == 4 ? <T>1.262177448353619e-29 : <T>2.3891548633682403e-299;
}

/**
 * Writes gates, states and derivatives; those so small that their product with a weight may be subnormal as 0. Vanishing
 * gradients would be full of such products, and each costs some processors as much as a hundred others.
 */
@inline
export function storePart<T>(at: usize, v: v128, whole: bool): void {
  const kept = v128.andnot(v, v128.lt<T>(v128.abs<T>(v), v128.splat<T>(leastKept<T>())));
  if (whole) v128.store(at, kept);
  else store<T>(at, v128.extract_lane<T>(kept, 0));
}

/** The sigmoid, for `storePart`: where e^-|x| would be subnormal it is 1, or so small that 0 is stored. */
@inline
export function gateOf<T>(x: v128): v128 {
  const most: T = sizeof<T>() == 4 ? <T>87 : <T>700;
  const within = v128.pmin<T>(v128.pmax<T>(x, v128.splat<T>(<T>-most)), v128.splat<T>(most));
  return vectorSigmoid<T>(within);
}

/** 1 - x² */
@inline
export function oneMinusSquare<T>(x: v128): v128 {
  return v128.sub<T>(v128.splat<T>(<T>1), v128.mul<T>(x, x));
}

/** x (1 - x) */
@inline
export function timesRest<T>(x: v128): v128 {
  return v128.mul<T>(x, v128.sub<T>(v128.splat<T>(<T>1), x));
}
