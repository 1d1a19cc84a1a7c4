import { type Dyadic, dyadic, magnitude, negated, product, signOf, sum, valueAt } from './dyadic.js';
import { countRoots, countRootsBetween, signedCount } from './sturm.js';

/** About where L0 + side · L1 p′ - sign · p″ is 0. Nothing hangs on it but the time that a proof takes. */
export type Hints = (side: 1 | -1, sign: 1 | -1) => readonly number[];

/**
 * Whether L0 + L1 |p′| > |p″| everywhere, in exact arithmetic. For either sign s the function L0 + L1 |p′| - s p″ is
 * continuous and, where σ p′ >= 0, equal to q = L0 + σ L1 p′ - s p″. So it has no zero if every real root of q has
 * σ p′ < 0, and is positive if it is at one point.
 */
export function boundsCurvature(
  slope: Dyadic,
  curvature: Dyadic,
  l0: number,
  l1: number,
  hints: Hints,
): boolean {
  const constant = dyadic([l0]);
  const steep = product(dyadic([l1]), slope);
  const start = sum(constant, magnitude(valueAt(steep, 0)));
  for (const sign of [1, -1] as const) {
    const bent = sign > 0 ? negated(curvature) : curvature;
    if (signOf(sum(start, valueAt(bent, 0))) <= 0) return false;
    for (const side of [1, -1] as const) {
      const uphill = side > 0 ? slope : negated(slope);
      const q = sum(sum(constant, side > 0 ? steep : negated(steep)), bent);
      const roots = countRoots(q.m);
      if (roots === 0) continue;
      if (located(q, uphill, curvature, hints(side, sign)) === roots) continue;
      if (roots !== -signedCount(q.m, uphill.m)) return false;
    }
  }
  return true;
}

/** Relative half widths of the intervals that are tried around a root. */
const WIDTHS = [1 / 2e13, 1 / 1e11, 1 / 1e8];

/** How many disjoint intervals around the hints have a change of sign of q and `uphill` < 0 all over them. */
function located(q: Dyadic, uphill: Dyadic, curvature: Dyadic, hints: readonly number[]): number {
  let count = 0;
  let last = -Infinity;
  for (const x of [...hints].sort((a, b) => a - b))
    for (const width of WIDTHS) {
      const half = Math.abs(x) * width;
      const a = x - half;
      const b = x + half;
      if (!(a > last) || !(b > a) || signOf(valueAt(q, a)) * signOf(valueAt(q, b)) >= 0) continue;
      // |p′| changes by at most (b - a) max |p″| there.
      const farthest = Math.max(Math.abs(a), Math.abs(b));
      const greatest = { ...curvature, m: curvature.m.map((c) => (c < 0n ? -c : c)) };
      const change = product(sum(dyadic([b]), dyadic([-a])), valueAt(greatest, farthest));
      if (signOf(sum(valueAt(uphill, x), change)) >= 0) continue;
      count++;
      last = b;
      break;
    }
  return count;
}

/** Whether |p″| <= l on [a, b]: l ± p″ >= 0 at both ends and without a root between them, or identically 0. */
export function boundsBetween(curvature: Dyadic, l: number, a: number, b: number): boolean {
  return [curvature, negated(curvature)].every((rest) => {
    const q = sum(dyadic([l]), rest);
    const signAt = (m: readonly bigint[], end: 'a' | 'b') =>
      signOf(valueAt({ m, exponent: 0 }, end === 'a' ? a : b));
    const ends = [signAt(q.m, 'a'), signAt(q.m, 'b')];
    if (q.m.length === 0) return true;
    if (ends.includes(-1)) return false;
    if (a === b) return true;
    // Roots are counted in (a, b]; one at b itself is allowed.
    return countRootsBetween(q.m, signAt) === (ends[1] === 0 ? 1 : 0);
  });
}
