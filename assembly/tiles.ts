// Four rows by two vectors of a product, B packed into a panel. V8 computes the sums of a basic block after all its
// loads: a second step of k in the same block spills registers (29 GFLOP/s in float32 where one step has 39). So
// the steps are unrolled with branches between them, which end the blocks (47). Every element is summed in the
// order of k all the same.

import { mulAdd } from './lanes';
import { PANEL_BYTES } from './layout';

@inline
export function put<T>(c: usize, v: v128, add: bool): void {
  v128.store(c, add ? v128.add<T>(v128.load(c), v) : v);
}

/** A holds the four rows side by side, step after step. */
@inline
export function packedTile<T>(
  c: usize, ldc: usize, a: usize, b: usize, k: i32, add: bool,
): void {
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
  for (; k > 0; k -= 4) {
    y0 = v128.load(b);
    y1 = v128.load(b, 16);
    x = v128.load_splat<T>(a);
    c00 = mulAdd<T>(c00, x, y0);
    c01 = mulAdd<T>(c01, x, y1);
    x = v128.load_splat<T>(a, sizeof<T>());
    c10 = mulAdd<T>(c10, x, y0);
    c11 = mulAdd<T>(c11, x, y1);
    x = v128.load_splat<T>(a, 2 * sizeof<T>());
    c20 = mulAdd<T>(c20, x, y0);
    c21 = mulAdd<T>(c21, x, y1);
    x = v128.load_splat<T>(a, 3 * sizeof<T>());
    c30 = mulAdd<T>(c30, x, y0);
    c31 = mulAdd<T>(c31, x, y1);
    if (k > 1) {
      y0 = v128.load(b, 32);
      y1 = v128.load(b, 48);
      x = v128.load_splat<T>(a, 4 * sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a, 5 * sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a, 6 * sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a, 7 * sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    if (k > 2) {
      y0 = v128.load(b, 64);
      y1 = v128.load(b, 80);
      x = v128.load_splat<T>(a, 8 * sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a, 9 * sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a, 10 * sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a, 11 * sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    if (k > 3) {
      y0 = v128.load(b, 96);
      y1 = v128.load(b, 112);
      x = v128.load_splat<T>(a, 12 * sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a, 13 * sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a, 14 * sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a, 15 * sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    a += 16 * sizeof<T>();
    b += 4 * PANEL_BYTES;
  }
  put<T>(c, c00, add);
  put<T>(c + 16, c01, add);
  c += ldc;
  put<T>(c, c10, add);
  put<T>(c + 16, c11, add);
  c += ldc;
  put<T>(c, c20, add);
  put<T>(c + 16, c21, add);
  c += ldc;
  put<T>(c, c30, add);
  put<T>(c + 16, c31, add);
}

/** The rows of A are contiguous in k, `lda` bytes apart. */
@inline
export function rowTile<T>(
  c: usize, ldc: usize, a: usize, lda: usize, b: usize, k: i32, add: bool,
): void {
  let a0 = a;
  let a1 = a0 + lda;
  let a2 = a1 + lda;
  let a3 = a2 + lda;
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
  for (; k > 0; k -= 4) {
    y0 = v128.load(b);
    y1 = v128.load(b, 16);
    x = v128.load_splat<T>(a0);
    c00 = mulAdd<T>(c00, x, y0);
    c01 = mulAdd<T>(c01, x, y1);
    x = v128.load_splat<T>(a1);
    c10 = mulAdd<T>(c10, x, y0);
    c11 = mulAdd<T>(c11, x, y1);
    x = v128.load_splat<T>(a2);
    c20 = mulAdd<T>(c20, x, y0);
    c21 = mulAdd<T>(c21, x, y1);
    x = v128.load_splat<T>(a3);
    c30 = mulAdd<T>(c30, x, y0);
    c31 = mulAdd<T>(c31, x, y1);
    if (k > 1) {
      y0 = v128.load(b, 32);
      y1 = v128.load(b, 48);
      x = v128.load_splat<T>(a0, sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a1, sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a2, sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a3, sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    if (k > 2) {
      y0 = v128.load(b, 64);
      y1 = v128.load(b, 80);
      x = v128.load_splat<T>(a0, 2 * sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a1, 2 * sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a2, 2 * sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a3, 2 * sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    if (k > 3) {
      y0 = v128.load(b, 96);
      y1 = v128.load(b, 112);
      x = v128.load_splat<T>(a0, 3 * sizeof<T>());
      c00 = mulAdd<T>(c00, x, y0);
      c01 = mulAdd<T>(c01, x, y1);
      x = v128.load_splat<T>(a1, 3 * sizeof<T>());
      c10 = mulAdd<T>(c10, x, y0);
      c11 = mulAdd<T>(c11, x, y1);
      x = v128.load_splat<T>(a2, 3 * sizeof<T>());
      c20 = mulAdd<T>(c20, x, y0);
      c21 = mulAdd<T>(c21, x, y1);
      x = v128.load_splat<T>(a3, 3 * sizeof<T>());
      c30 = mulAdd<T>(c30, x, y0);
      c31 = mulAdd<T>(c31, x, y1);
    }
    a0 += 4 * sizeof<T>();
    a1 += 4 * sizeof<T>();
    a2 += 4 * sizeof<T>();
    a3 += 4 * sizeof<T>();
    b += 4 * PANEL_BYTES;
  }
  put<T>(c, c00, add);
  put<T>(c + 16, c01, add);
  c += ldc;
  put<T>(c, c10, add);
  put<T>(c + 16, c11, add);
  c += ldc;
  put<T>(c, c20, add);
  put<T>(c + 16, c21, add);
  c += ldc;
  put<T>(c, c30, add);
  put<T>(c + 16, c31, add);
}
