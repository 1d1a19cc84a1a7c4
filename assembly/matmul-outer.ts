// C = Aᵀ B and C = A B: rows of B are contiguous in n, so a register block of 4 rows by two vectors is
// updated with one outer product per p. Each element of C is summed in the order of p within a k-block, and
// the blocks are added in turn. That order depends on k alone, whatever the tile and whether panels are
// packed; only a product with a single row or column has another one (see vector-times.ts).

import { madeOutside, makeOutside } from './accelerator';
import { mulAdd } from './lanes';
import { BLOCK_OFFSET, K_BLOCK, M_BLOCK, PANEL_BYTES, PANEL_OFFSET } from './layout';
import { packedTile, put, rowTile } from './tiles';
import { vectorTimes } from './vector-times';

/** Up to this many rows of C, a panel of B is read too few times to be worth packing... */
const UNPACKED_ROWS: i32 = 12;
/** ...unless its rows are so far apart that they share a few sets of the L1 cache. */
const ALIASING_BYTES: usize = 1024;
/** Up to this many bytes of a row of C, A is read too few times to be worth packing. */
const UNPACKED_BYTES: usize = 64;

/** Four rows by two vectors (one unless `wide`) over k steps; a0..a3 are the rows of the left factor. */
@inline
function tile<T>(
  wide: bool, c: usize, ldc: usize, a0: usize, a1: usize, a2: usize, a3: usize, aStep: usize,
  b: usize, bStep: usize, k: i32, add: bool,
): void {
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (; k > 0; k--) {
    const y0 = v128.load(b);
    const y1 = wide ? v128.load(b, 16) : y0;
    let x = v128.load_splat<T>(a0);
    c00 = mulAdd<T>(c00, x, y0);
    if (wide) c01 = mulAdd<T>(c01, x, y1);
    x = v128.load_splat<T>(a1);
    c10 = mulAdd<T>(c10, x, y0);
    if (wide) c11 = mulAdd<T>(c11, x, y1);
    x = v128.load_splat<T>(a2);
    c20 = mulAdd<T>(c20, x, y0);
    if (wide) c21 = mulAdd<T>(c21, x, y1);
    x = v128.load_splat<T>(a3);
    c30 = mulAdd<T>(c30, x, y0);
    if (wide) c31 = mulAdd<T>(c31, x, y1);
    a0 += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
    b += bStep;
  }
  put<T>(c, c00, add);
  if (wide) put<T>(c + 16, c01, add);
  c += ldc;
  put<T>(c, c10, add);
  if (wide) put<T>(c + 16, c11, add);
  c += ldc;
  put<T>(c, c20, add);
  if (wide) put<T>(c + 16, c21, add);
  c += ldc;
  put<T>(c, c30, add);
  if (wide) put<T>(c + 16, c31, add);
}

/** Part of a register block; it goes through the scratch tile, so that nothing outside C changes. */
function edgeTile<T>(
  scratch: usize, c: usize, ldc: usize, rows: i32, columns: i32, a0: usize, aRow: usize, aStep: usize,
  b: usize, bStep: usize, k: i32, add: bool,
): void {
  const size = sizeof<T>();
  // Rows that do not exist repeat the last one.
  const a1 = rows > 1 ? a0 + aRow : a0;
  const a2 = rows > 2 ? a1 + aRow : a1;
  const a3 = rows > 3 ? a2 + aRow : a2;
  const lanes = 16 / <i32>size;
  if (columns > lanes) {
    tile<T>(true, scratch, PANEL_BYTES, a0, a1, a2, a3, aStep, b, bStep, k, false);
  } else {
    tile<T>(false, scratch, PANEL_BYTES, a0, a1, a2, a3, aStep, b, bStep, k, false);
  }
  for (let i = 0; i < rows; i++, c += ldc, scratch += PANEL_BYTES) {
    for (let j: usize = 0; j < (<usize>columns) * size; j += size) {
      const v = load<T>(scratch + j);
      store<T>(c + j, add ? <T>(load<T>(c + j) + v) : v);
    }
  }
}

/** Copies a k x columns strip of B into a panel PANEL_BYTES wide; missing columns keep what was there. */
function packPanel<T>(panel: usize, b: usize, ldb: usize, columns: i32, k: i32): void {
  const bytes = (<usize>columns) * sizeof<T>();
  for (let p = 0; p < k; p++, panel += PANEL_BYTES, b += ldb) {
    if (bytes == PANEL_BYTES) {
      v128.store(panel, v128.load(b));
      v128.store(panel, v128.load(b, 16), 16);
    } else {
      for (let j: usize = 0; j < bytes; j += sizeof<T>()) store<T>(panel + j, load<T>(b + j));
    }
  }
}

/** Transposed A: four adjacent columns become one strip of k steps, tile after tile. */
function packRows<T>(to: usize, a: usize, lda: usize, m: i32, k: i32): void {
  const size = sizeof<T>();
  for (let i = 0; i < m; i += 4, a += 4 * size) {
    const bytes = (<usize>min(4, m - i)) * size;
    let from = a;
    for (let p = 0; p < k; p++, to += 4 * size, from += lda) {
      if (bytes == 4 * size) {
        v128.store(to, v128.load(from));
        if (size == 8) v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let r: usize = 0; r < bytes; r += size) store<T>(to + r, load<T>(from + r));
      }
    }
  }
}

/** aRow and aStep: bytes between rows of the product's left factor and between its steps of k. */
@inline
function outer<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, aRow: usize, aStep: usize,
  transposed: bool, accumulate: bool, scratch: usize,
): void {
  const size = sizeof<T>();
  const width = PANEL_BYTES / <i32>size;
  const ldn = (<usize>n) * size;
  const panel = scratch + PANEL_OFFSET;
  const packA = transposed && ldn > UNPACKED_BYTES;
  const packB = m > UNPACKED_ROWS || (m > 4 && ldn % ALIASING_BYTES == 0);
  for (let i0 = 0; i0 < m; i0 += M_BLOCK) {
    const rows = min(M_BLOCK, m - i0);
    let p0 = 0;
    // Runs once for k = 0 too, which clears C unless it accumulates.
    do {
      const depth = min(K_BLOCK, k - p0);
      const add = accumulate || p0 > 0;
      let from = a + (<usize>i0) * aRow + (<usize>p0) * aStep;
      let tileStep: usize = 4 * aRow;
      let row = aRow;
      let step = aStep;
      if (packA) {
        packRows<T>(scratch + BLOCK_OFFSET, from, aStep, rows, depth);
        from = scratch + BLOCK_OFFSET;
        row = size;
        step = 4 * size;
        tileStep = step * <usize>depth;
      }
      for (let j = 0; j < n; j += width) {
        const columns = min(width, n - j);
        let bj = b + (<usize>p0) * ldn + (<usize>j) * size;
        let bStep = ldn;
        if (packB || columns < width) {
          packPanel<T>(panel, bj, ldn, columns, depth);
          bj = panel;
          bStep = PANEL_BYTES;
        }
        let cj = c + (<usize>i0) * ldn + (<usize>j) * size;
        let ai = from;
        let i = 0;
        if (columns == width) {
          for (; i + 4 <= rows; i += 4, cj += 4 * ldn, ai += tileStep) {
            if (packA && packB) packedTile<T>(cj, ldn, ai, bj, depth, add);
            else if (packB && !transposed) rowTile<T>(cj, ldn, ai, row, bj, depth, add);
            else tile<T>(true, cj, ldn, ai, ai + row, ai + 2 * row, ai + 3 * row, step, bj, bStep, depth, add);
          }
        }
        for (; i < rows; i += 4, cj += 4 * ldn, ai += tileStep) {
          edgeTile<T>(scratch, cj, ldn, min(4, rows - i), columns, ai, row, step, bj, bStep, depth, add);
        }
      }
      p0 += K_BLOCK;
    } while (p0 < k);
  }
}

@inline
function matmulTN<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  // A single row or column of C is laid out the same way as its transpose.
  if (madeOutside(m, n, k)) makeOutside<T>(c, n, a, true, b, false, m, n, k, accumulate);
  else if (m == 1) vectorTimes<T>(c, a, b, n, k, accumulate);
  else if (n == 1) vectorTimes<T>(c, b, a, m, k, accumulate);
  else outer<T>(c, a, b, m, n, k, sizeof<T>(), (<usize>m) * sizeof<T>(), true, accumulate, scratch);
}

@inline
function matmulNN<T>(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  if (madeOutside(m, n, k)) makeOutside<T>(c, n, a, false, b, false, m, n, k, accumulate);
  else if (m == 1) vectorTimes<T>(c, a, b, n, k, accumulate);
  else outer<T>(c, a, b, m, n, k, (<usize>k) * sizeof<T>(), sizeof<T>(), false, accumulate, scratch);
}

export function matmulTN32(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  matmulTN<f32>(c, a, b, m, n, k, accumulate, scratch);
}

export function matmulTN64(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  matmulTN<f64>(c, a, b, m, n, k, accumulate, scratch);
}

export function matmulNN32(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  matmulNN<f32>(c, a, b, m, n, k, accumulate, scratch);
}

export function matmulNN64(
  c: usize, a: usize, b: usize, m: i32, n: i32, k: i32, accumulate: bool, scratch: usize,
): void {
  matmulNN<f64>(c, a, b, m, n, k, accumulate, scratch);
}
