import {
  derivative,
  dyadic,
  exponentOf,
  floorOf,
  magnitude,
  negated,
  product,
  scaledBy,
  sum,
  valueAt,
} from './dyadic.js';
import { candidatePeaks, type Peak, type ScaledPolynomial, scaledPolynomial, zerosOf } from './peaks.js';
import { boundsBetween, boundsCurvature } from './proof.js';

/**
 * What is proved of a polynomial p, in exact arithmetic: |p″(x)| <= l0 + l1 |p′(x)| for every x, and that no l0 below `lower`
 * would do, since at `at` the difference |p″| - l1 |p′| is at least that.
 */
export interface Certificate {
  readonly l0: number;
  readonly l1: number;
  readonly lower: number;
  /** null where l0 is 0. */
  readonly at: number | null;
}

/**
 * How far the claim is put above the greatest |p″| - L1 |p′| found until it can be proved, as parts of it. The first few
 * do where that was found to the last bits; from COARSE on a part of the ordinary size of p″ comes on top.
 */
const SLACKS = [2e-13, 1e-11, 1e-9, 1e-8, 1e-7, 1e-6, 1e-4, 1e-2, 1];
const COARSE = 1e-8;

/**
 * The least L0 for this L1, with its proof. null where there is none: L1 = 0 and a degree above 2, or an L0 that no
 * double can hold.
 */
export function certificateOf(coefficients: readonly number[], l1: number): Certificate | null {
  const scaled = scaledPolynomial(coefficients);
  if (scaled.degree < 2) return { l0: 0, l1, lower: 0, at: null };
  if (l1 === 0 && scaled.degree > 2) return null;
  const peak = candidatePeaks(scaled).greatest(l1 * scaledBy(1, scaled.length));
  const toL0 = scaled.height - 2 * scaled.length;
  return proved(coefficients, l1, peak, scaled, toL0);
}

function proved(
  coefficients: readonly number[],
  l1: number,
  { at, value, kink }: Peak,
  scaled: ScaledPolynomial,
  toL0: number,
): Certificate | null {
  const { length } = scaled;
  const p = dyadic(coefficients);
  const slope = derivative(p);
  const curvature = derivative(slope);
  const x = at === null ? null : scaledBy(at, length);
  const bend = x === null ? null : magnitude(valueAt(curvature, x));
  const low =
    x === null || bend === null
      ? null
      : sum(bend, negated(product(dyadic([l1]), magnitude(valueAt(slope, x)))));
  const lower = low === null ? 0 : floorOf(low);
  // At a kink p′ is 0 a rounding away from x; beside a smooth maximum the exact value at x is the maximum.
  const reached = kink && bend !== null ? floorOf(bend) : lower;
  const base = reached > 0 ? scaledBy(reached, -toL0) : value;
  const hints = (l0: number) => (side: 1 | -1, sign: 1 | -1) =>
    zerosOf(scaled, scaledBy(l0, -toL0), scaledBy(l1, length), side, sign).map((y) => scaledBy(y, length));
  if (value <= 0 && boundsCurvature(slope, curvature, 0, l1, hints(0)))
    return { l0: 0, l1, lower: 0, at: null };
  for (const slack of SLACKS) {
    const extra = reached > 0 && slack < COARSE ? 0 : 1e-3 * slack;
    const l0 = scaledBy(shortened(base * (1 + slack) + extra, slack), toL0);
    if (!Number.isFinite(l0)) return null;
    if (boundsCurvature(slope, curvature, l0, l1, hints(l0)))
      return { l0, l1, lower, at: lower > 0 ? x : null };
  }
  return null;
}

/** The next number above whose bits are about as fine as the slack: short numbers make short proofs. */
function shortened(x: number, slack: number): number {
  if (x <= 0) return x;
  const unit = scaledBy(1, exponentOf(x) - (slack < 1e-11 ? 44 : 36));
  return Math.ceil(x / unit) * unit;
}

/** The pair with the least l0 + c l1, which gives the longest lawful steps for the threshold c; `lower` is below that sum for every pair. */
export interface BestPair extends Certificate {
  readonly bound: number;
}

export function bestPair(coefficients: readonly number[], c: number): BestPair | null {
  const scaled = scaledPolynomial(coefficients);
  if (scaled.degree <= 2) {
    const certificate = certificateOf(coefficients, 0);
    return certificate === null ? null : { ...certificate, bound: certificate.lower };
  }
  const threshold = scaledBy(c, scaled.length - scaled.height);
  const found = candidatePeaks(scaled).lowest(threshold);
  const l1 = scaledBy(found.l1, -scaled.length);
  const toL0 = scaled.height - 2 * scaled.length;
  const certificate = proved(coefficients, l1, found.peak, scaled, toL0);
  return certificate === null ? null : { ...certificate, bound: scaledBy(found.bound, toL0) };
}

/** The least L with |p′(x) - p′(y)| <= L |x - y| on [a, b], which is the greatest |p″| there, with its proof. */
export interface IntervalCertificate {
  readonly l: number;
  readonly lower: number;
  readonly at: number;
}

export function smoothnessBetween(
  coefficients: readonly number[],
  a: number,
  b: number,
): IntervalCertificate | null {
  const scaled = scaledPolynomial(coefficients);
  if (scaled.degree < 2) return { l: 0, lower: 0, at: a };
  const curvature = derivative(derivative(dyadic(coefficients)));
  let at = a;
  let lower = -1;
  for (const x of [a, b, ...candidatePeaks(scaled).turns.map((y) => scaledBy(y, scaled.length))]) {
    const value = x < a || x > b ? -1 : floorOf(magnitude(valueAt(curvature, x)));
    if (value > lower) [at, lower] = [x, value];
  }
  for (const slack of [0, ...SLACKS]) {
    const l = lower * (1 + slack) + (lower < 1e-290 ? slack * 1e-290 : 0);
    if (Number.isFinite(l) && boundsBetween(curvature, l, a, b)) return { l, lower, at };
  }
  return null;
}

/** About what a proof takes: n remainders of n coefficients each, as long as the numbers of the polynomial together. */
export function costOfCertificate(coefficients: readonly number[]): number {
  const n = coefficients.length;
  const exponents = coefficients.filter((c) => c !== 0).map(exponentOf);
  const spread = exponents.length === 0 ? 0 : Math.max(...exponents) - Math.min(...exponents);
  const length = 1 + spread / 120;
  return 20_000 * n + 10 * n * n * n * n * n * length * length;
}
