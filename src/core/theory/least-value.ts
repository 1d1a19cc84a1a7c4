import { type Coefficients, horner, realRoots, slopeOf } from './real-roots.js';

/** More take too long. */
const MAX_COEFFICIENTS = 51;

/**
 * inf p from its values at the real roots of p′, less what rounding may have added; -Infinity where p is unbounded below,
 * null where it has too many coefficients or values beyond the doubles.
 */
export function leastValue(coefficients: Coefficients): number | null {
  const degree = coefficients.findLastIndex((c) => c !== 0);
  const [constant = 0] = coefficients;
  if (degree < 1) return constant;
  if (degree % 2 === 1 || (coefficients[degree] as number) < 0) return -Infinity;
  if (degree >= MAX_COEFFICIENTS) return null;
  const p = coefficients.slice(0, degree + 1);
  const sizes = p.map(Math.abs);
  const values = realRoots(slopeOf(p)).map((x) =>
    x === 0 ? constant : horner(p, x) - 4 * degree * Number.EPSILON * horner(sizes, Math.abs(x)),
  );
  const least = Math.min(...values);
  return Number.isFinite(least) ? least : null;
}
