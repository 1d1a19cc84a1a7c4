import { euclidean, MIN_NORMAL as NORMAL, type ScaledNorm, scaledNorm, split, sumOfSquares } from './norm.js';
import { scaleByQuotient } from './quotient.js';
import { scale as scaleVector, type Vector } from './vector.js';

// Of this module itself, as in vector.ts.
const MIN_NORMAL = NORMAL;
const scale = scaleVector;
const clipTo = clipByMeasure;

/** What clipping did to one group; the owner of the object reuses it for the next gradient. */
export interface Report {
  name: string;
  /** ‖g‖_p before clipping; Infinity when it does not fit a double. */
  norm: number;
  scale: number;
  clippedNorm: number;
  clipped: boolean;
  nonFinite: number;
  /** What the rule held against this gradient; NaN for a rule without a threshold. */
  threshold: number;
}

/** As replies have it: without the threshold where there is none. */
export type ReportReply = Omit<Report, 'threshold'> & { threshold?: number };

export function reportReply(report: Report): ReportReply {
  const { name, norm, scale, clippedNorm, clipped, nonFinite, threshold } = report;
  const reply: ReportReply = { name, norm, scale, clippedNorm, clipped, nonFinite };
  if (!Number.isNaN(threshold)) reply.threshold = threshold;
  return reply;
}

export const newReport = (name: string): Report => ({
  name,
  norm: 0,
  scale: 1,
  clippedNorm: 0,
  clipped: false,
  nonFinite: 0,
  threshold: Number.NaN,
});

/**
 * g ← g · min{1, c / (‖g‖_p + epsilon)} over all tensors together, in place (lecture 10-2, "Gradient clipping").
 *
 * With epsilon = 0 the gradient is untouched if and only if ‖g‖_p <= c, and right even where ‖g‖ itself
 * overflows or is subnormal. `euclideanNorm` is ‖g‖₂, which the caller has for other reasons. `whole` is ‖·‖_p of the
 * whole gradient where the tensors are a part of it, and then counts instead of theirs.
 */
export function clipByNorm(
  tensors: readonly Vector[],
  euclideanNorm: number,
  c: number,
  p: number,
  epsilon: number,
  report: Report,
  whole: ScaledNorm | null = null,
): void {
  const parts = whole ?? (p === 2 ? null : scaledNorm(tensors, p));
  const norm = p === 2 || parts === null ? euclideanNorm : parts.scale * parts.ratio;
  clipTo(tensors, norm, parts, c, epsilon, report);
}

/**
 * The same with any measure of length in place of ‖g‖_p, say a root mean square. `parts` are its factors; they may
 * be null where it is an ordinary number, or the Euclidean norm.
 */
export function clipByMeasure(
  tensors: readonly Vector[],
  norm: number,
  parts: ScaledNorm | null,
  c: number,
  epsilon: number,
  report: Report,
): void {
  // Small runs wait for this sum, too.
  const length = epsilon === 0 ? norm : norm + epsilon;
  report.norm = norm;
  report.threshold = c;
  if ((length <= c && norm > 0) || c === Infinity) {
    report.clipped = false;
    report.scale = 1;
    report.clippedNorm = norm;
    return;
  }
  const factor = c / length;
  if (length >= MIN_NORMAL && factor >= MIN_NORMAL && factor < 1 && norm > 0) {
    report.clipped = true;
    report.scale = factor;
    report.clippedNorm = epsilon === 0 ? c : norm * factor;
    for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
  } else clipAtTheEdge(tensors, partsOf(tensors, norm, parts), c, epsilon, report);
}

/** An ordinary norm says all by itself; where it lost digits its parts have them, if none are given those of ‖g‖₂. */
const partsOf = (tensors: readonly Vector[], norm: number, parts: ScaledNorm | null = null): ScaledNorm =>
  norm >= MIN_NORMAL && norm < Infinity ? split(norm) : (parts ?? scaledNorm(tensors, 2));

/** The rest of `clipByMeasure`: nothing to scale, or a norm or a factor that is no ordinary double. */
function clipAtTheEdge(
  tensors: readonly Vector[],
  parts: ScaledNorm,
  c: number,
  epsilon: number,
  report: Report,
): void {
  const { norm } = report;
  if (norm === 0 || norm + epsilon <= c) {
    // Zero stays zero, but with an epsilon above c the formula still counts it as clipped.
    report.clipped = norm === 0 && epsilon > c;
    report.scale = report.clipped ? c / epsilon : 1;
    report.clippedNorm = norm;
    return;
  }
  report.clipped = true;
  const factor = norm + epsilon < MIN_NORMAL ? liftedFactor(parts, c, epsilon) : 0;
  if (factor >= MIN_NORMAL) {
    report.scale = factor;
    report.clippedNorm = epsilon === 0 ? c : norm * factor;
    for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
  } else clipByParts(tensors, parts, c, epsilon, report);
}

/** 2^200 */
const LIFT = 1.6069380442589903e60;

/** c / (‖g‖ + epsilon) where the sum is subnormal: times a power of two, which is exact, both are ordinary doubles. */
const liftedFactor = ({ scale: max, ratio }: ScaledNorm, c: number, epsilon: number): number =>
  (c * LIFT) / (ratio * (max * LIFT) + epsilon * LIFT);

/**
 * The same where the factor is no ordinary double. Where ‖g‖ + epsilon is none either, the factor is inner/S with
 * S = max(M, epsilon) and inner = c / ((‖g‖ + epsilon)/S).
 */
function clipByParts(
  tensors: readonly Vector[],
  { scale: max, ratio }: ScaledNorm,
  c: number,
  epsilon: number,
  report: Report,
): void {
  const sum = report.norm + epsilon;
  if (sum >= MIN_NORMAL && sum < Infinity) {
    report.scale = c / sum;
    report.clippedNorm = epsilon === 0 ? c : (report.norm / sum) * c;
    for (let t = 0; t < tensors.length; t++) scaleByQuotient(tensors[t] as Vector, c, sum);
    return;
  }
  const unit = Math.max(max, epsilon);
  const length = (max === unit ? ratio : ratio * (max / unit)) + epsilon / unit;
  const inner = c / length;
  report.scale = Number.isFinite(sum) ? c / sum : inner / unit;
  report.clippedNorm = !Number.isFinite(max) ? Number.NaN : epsilon === 0 ? c : ratio * (max / unit) * inner;
  for (let t = 0; t < tensors.length; t++) {
    const x = tensors[t] as Vector;
    if (inner < MIN_NORMAL) scaleLifted(x, (c * LIFT) / length, unit);
    else scaleByQuotient(x, inner, unit);
  }
}

/**
 * g ← g · c / (‖g‖₂ + epsilon) over all tensors together, in place; longer or shorter than before, and 0 for 0.
 * Right also where the factor itself overflows, as it does for the smallest doubles.
 */
export function normalizeByNorm(
  tensors: readonly Vector[],
  norm: number,
  c: number,
  epsilon: number,
  report: Report,
  whole: ScaledNorm | null = null,
): void {
  // Small runs wait for this sum, too.
  const length = epsilon === 0 ? norm : norm + epsilon;
  const factor = c / length;
  report.norm = norm;
  if (norm === 0) {
    report.scale = 1;
    report.clippedNorm = 0;
  } else if (length >= MIN_NORMAL && factor >= MIN_NORMAL && factor < Infinity) {
    report.scale = factor;
    report.clippedNorm = epsilon === 0 ? c : norm * factor;
    for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
  } else clipByParts(tensors, partsOf(tensors, norm, whole), c, epsilon, report);
  report.clipped = norm !== 0 && report.scale !== 1;
}

/** The same where `inner` would be subnormal: it comes lifted, so that digits are lost once only, at the end. */
function scaleLifted(x: Vector, lifted: number, unit: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (((x[i] as number) / unit) * lifted) / LIFT;
}

/** g ← clamp(g, min, max) component by component, in place, `squares` updated; NaN stays NaN. */
export function clipByValue(
  tensors: readonly Vector[],
  squares: Float64Array,
  euclideanNorm: number,
  min: number,
  max: number,
  report: Report,
): void {
  const norm = euclideanNorm;
  let clipped = false;
  for (let t = 0; t < tensors.length; t++) {
    const x = tensors[t] as Vector;
    let touched = false;
    for (let i = 0; i < x.length; i++) {
      const v = x[i] as number;
      if (v > max) x[i] = max;
      else if (v < min) x[i] = min;
      else continue;
      touched = true;
    }
    if (!touched) continue;
    squares[t] = sumOfSquares(x);
    clipped = true;
  }
  report.norm = norm;
  report.clipped = clipped;
  report.clippedNorm = clipped ? euclidean(tensors, squares) : norm;
  report.scale = clipped && norm !== 0 ? report.clippedNorm / norm : 1;
}
