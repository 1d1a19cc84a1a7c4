import type { ProductNorms } from '../../kernels/product-norms.js';
import type { CellName } from '../../network/recurrent/cell.js';
import { isGated } from './system.js';

export const VERDICTS = [
  'VANISHING',
  'EXPLODING',
  'TRANSIENT_GROWTH',
  'MARGINAL',
  'POLYNOMIAL_GROWTH',
  'UNDECIDED',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** A norm by step: where it is greatest, and where it ends. */
export interface Course {
  readonly steps: number;
  readonly peak: number;
  readonly peakStep: number;
  readonly peakLogarithm: number;
  readonly last: number;
  readonly lastLogarithm: number;
}

export function courseOf({ norms, logarithms }: ProductNorms): Course {
  let at = 0;
  for (let k = 1; k < norms.length; k++) if ((logarithms[k] as number) > (logarithms[at] as number)) at = k;
  const last = norms.length - 1;
  return {
    steps: last,
    peak: norms[at] as number,
    peakStep: at,
    peakLogarithm: logarithms[at] as number,
    last: norms[last] as number,
    lastLogarithm: logarithms[last] as number,
  };
}

export interface Findings {
  readonly cell: CellName;
  /** How far from 1 a spectral radius or singular value still counts as 1. */
  readonly tolerance: number;
  /** Of W_h; null for the gated cells. */
  readonly matrix: {
    readonly spectralRadius: number;
    readonly greatestSingularValue: number;
    /** d of k^d, for a spectral radius of 1. */
    readonly degree: number;
    readonly powers: Course;
  } | null;
  /** Of ∂s_k/∂s_0 along the sequence; null without one. */
  readonly jacobians: Course | null;
  readonly overflow: number | null;
  /** Norms of what the lags contribute to ∂F/∂W_h; null without a gradient. */
  readonly lags: Float64Array | null;
  /** Mean over the sequence of φ' or of the gate that keeps the memory; null without one. */
  readonly meanSlope: number | null;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/** A number in words: six digits, or all where six would make it 1. */
export function short(x: number): string {
  const rounded = Number(x.toPrecision(6));
  return String(rounded === 1 ? x : rounded);
}

/** The same of a norm, which may be no double. */
const inWords = (norm: number, logarithm = Number.NaN): string =>
  (norm === Infinity || norm === 0) && Number.isFinite(logarithm)
    ? `10^${Number(logarithm.toPrecision(6))}`
    : String(Number(norm.toPrecision(6)));

/** log10 of the factor below which a change along a sequence is called neither growth nor decay. */
const DECADE = 1;

/**
 * What becomes of a gradient on its way back. The linear cell is judged by W_h alone: ρ < 1 lets ‖W_h^k‖ vanish in the
 * end, but it may grow before (non-normal matrices); ρ > 1 lets it explode; at ρ = 1 Jordan blocks decide. The others are
 * judged by the product of Jacobians along their sequence, where there is one. σ_max < 1/γ suffices for vanishing whatever
 * the sequence, σ_max > 1/γ is necessary for exploding (Pascanu et al. 2013).
 */
export function judge(findings: Findings): Judgement {
  const { verdict, reasons } = judgeFlow(findings);
  const { lags } = findings;
  if (lags === null || lags.length < 2) return { verdict, reasons };
  const end = lags.length - 1;
  const course = `the lags contribute ${inWords(lags[0] as number)} to ∂F/∂W_h at lag 0, ${inWords(lags[end] as number)} at lag ${end}`;
  return { verdict, reasons: [...reasons, course] };
}

function judgeFlow(findings: Findings): { verdict: Verdict; reasons: string[] } {
  const { cell, tolerance, matrix, jacobians, overflow } = findings;
  const reasons: string[] = [];
  const bySequence = cell === 'linear' ? null : jacobians;
  const certain = matrix !== null && matrix.greatestSingularValue < 1 - tolerance;
  const spectral = matrix === null ? null : judgeMatrix(findings, matrix, reasons);
  if (overflow !== null) {
    reasons.push(`going forward, the states are beyond 1.8e308 at step ${overflow} of the sequence`);
    return { verdict: 'EXPLODING', reasons };
  }
  if (certain) return { verdict: 'VANISHING', reasons };
  if (bySequence !== null) return { verdict: judgeCourse(findings, bySequence, reasons), reasons };
  if (spectral === null) {
    reasons.push('what the gates let through depends on the sequence, and there is none in the request');
    return { verdict: 'UNDECIDED', reasons };
  }
  if (cell !== 'linear')
    reasons.push(`this is about slopes of 1; with inputs, the slopes of ${cell} along the sequence decide`);
  return { verdict: spectral, reasons };
}

function judgeMatrix(
  { cell, tolerance }: Findings,
  { spectralRadius, greatestSingularValue, degree, powers }: NonNullable<Findings['matrix']>,
  reasons: string[],
): Verdict {
  const radius = short(spectralRadius);
  const sigma = short(greatestSingularValue);
  const slope = cell === 'linear' ? '' : ` and no slope of ${cell} is above 1`;
  /** Of the other cells this is half the truth. */
  const where = cell === 'linear' ? '' : 'at slopes of 1, ';
  const peak = `the greatest for k = 0 ... ${powers.steps} is ${inWords(powers.peak, powers.peakLogarithm)} at k = ${powers.peakStep}`;
  const say = (verdict: Verdict, reason: string): Verdict => {
    reasons.push(reason);
    return verdict;
  };
  if (greatestSingularValue < 1 - tolerance)
    return say(
      'VANISHING',
      `the greatest singular value ${sigma} of W_h is below 1${slope}: every step shrinks the gradient`,
    );
  if (Math.abs(spectralRadius - 1) <= tolerance) {
    if (degree === 0)
      return say('MARGINAL', `${where}the spectral radius is 1 and ‖W_h^k‖ stays bounded: ${peak}`);
    const power = degree === 1 ? 'k' : `k^${degree}`;
    return say(
      'POLYNOMIAL_GROWTH',
      `${where}the spectral radius is 1, but an eigenvalue of modulus 1 has a Jordan block, and ‖W_h^k‖ grows like ${power}: ${peak}`,
    );
  }
  if (spectralRadius > 1)
    return say(
      'EXPLODING',
      `${where}the spectral radius ${radius} of W_h is above 1: ‖W_h^k‖ grows like ${radius}^k, and with it every gradient that has a part in the growing directions; ${peak}`,
    );
  if (greatestSingularValue > 1 + tolerance)
    return say(
      'TRANSIENT_GROWTH',
      `${where}the spectral radius ${radius} of W_h is below 1, so ‖W_h^k‖ vanishes in the end, but the greatest singular value ${sigma} is above 1 and it grows before: ${peak}`,
    );
  return say(
    'VANISHING',
    `${where}the spectral radius ${radius} of W_h is below 1 and no power of W_h has a norm above 1`,
  );
}

function judgeCourse({ cell, meanSlope }: Findings, course: Course, reasons: string[]): Verdict {
  const state = cell === 'lstm' ? '∂(h, c)_k/∂(h, c)_0' : '∂h_k/∂h_0';
  const says = `along the sequence ‖${state}‖ ends at ${inWords(course.last, course.lastLogarithm)} after ${course.steps} steps`;
  if (meanSlope !== null)
    reasons.push(
      isGated(cell)
        ? `the gate that keeps the memory is ${short(meanSlope)} on average`
        : `the slopes of ${cell} are ${short(meanSlope)} on average`,
    );
  const [verdict, reason]: [Verdict, string] =
    course.lastLogarithm > DECADE
      ? ['EXPLODING', 'it explodes']
      : course.lastLogarithm >= -DECADE
        ? ['MARGINAL', 'less than a factor of 10 from 1']
        : course.peakLogarithm > DECADE
          ? [
              'TRANSIENT_GROWTH',
              `it vanishes, after ${inWords(course.peak, course.peakLogarithm)} at k = ${course.peakStep}`,
            ]
          : ['VANISHING', 'it vanishes'];
  reasons.push(`${says}: ${reason}`);
  return verdict;
}
