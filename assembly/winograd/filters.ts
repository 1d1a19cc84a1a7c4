// Filters of 3x3 taps as 4x4 products: G g Gᵀ and its adjoint (see winograd.ts).

import { planeOf } from './geometry';

@inline
function halved<T>(v: v128): v128 {
  return v128.mul<T>(v, v128.splat<T>(<T>0.5));
}

/** u (16 x n) ← G g Gᵀ of n filters' taps g (9 x n). */
@inline
export function filterTaps<T>(u: usize, g: usize, n: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  const plane = planeOf<T>(n);
  for (let at: usize = 0; at < bytes; at += 16) {
    for (let k: usize = 0; k < 3; k++) {
      // Along the columns of the filter first: the rows 0 ... 2 of G g become rows 0, 1, 2, 3 of the tile.
      const p = g + at + k * plane;
      const g0 = v128.load(p);
      const g1 = v128.load(p + 3 * plane);
      const g2 = v128.load(p + 6 * plane);
      const sum = v128.add<T>(g0, g2);
      const q = u + at + k * plane;
      v128.store(q, g0);
      v128.store(q + 4 * plane, halved<T>(v128.add<T>(sum, g1)));
      v128.store(q + 8 * plane, halved<T>(v128.sub<T>(sum, g1)));
      v128.store(q + 12 * plane, g2);
    }
    for (let k: usize = 0; k < 4; k++) {
      const q = u + at + 4 * k * plane;
      const t0 = v128.load(q);
      const t1 = v128.load(q + plane);
      const t2 = v128.load(q + 2 * plane);
      const sum = v128.add<T>(t0, t2);
      v128.store(q + plane, halved<T>(v128.add<T>(sum, t1)));
      v128.store(q + 2 * plane, halved<T>(v128.sub<T>(sum, t1)));
      v128.store(q + 3 * plane, t2);
    }
  }
}

/** g (9 x n) ← Gᵀ u G; overwrites u (16 x n) too. */
@inline
export function filterGradient<T>(g: usize, u: usize, n: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  const plane = planeOf<T>(n);
  for (let at: usize = 0; at < bytes; at += 16) {
    for (let k: usize = 0; k < 4; k++) {
      const q = u + at + 4 * k * plane;
      const t1 = v128.load(q + plane);
      const t2 = v128.load(q + 2 * plane);
      const sum = halved<T>(v128.add<T>(t1, t2));
      v128.store(q, v128.add<T>(v128.load(q), sum));
      v128.store(q + plane, halved<T>(v128.sub<T>(t1, t2)));
      v128.store(q + 2 * plane, v128.add<T>(v128.load(q + 3 * plane), sum));
    }
    for (let k: usize = 0; k < 3; k++) {
      const q = u + at + k * plane;
      const p = g + at + k * plane;
      const t1 = v128.load(q + 4 * plane);
      const t2 = v128.load(q + 8 * plane);
      const sum = halved<T>(v128.add<T>(t1, t2));
      v128.store(p, v128.add<T>(v128.load(q), sum));
      v128.store(p + 3 * plane, halved<T>(v128.sub<T>(t1, t2)));
      v128.store(p + 6 * plane, v128.add<T>(v128.load(q + 12 * plane), sum));
    }
  }
}
