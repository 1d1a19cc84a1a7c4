import { type CellName, isGated } from './system.js';

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

export interface Findings {
  readonly cell: CellName;
  /** How far from 1 a spectral radius still counts as 1. */
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
  /** Mean over the sequence of φ' or of the gate that keeps the memory; null without one. */
  readonly meanSlope: number | null;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
}

/** log10 of the factor below which a change along a sequence is called neither growth nor decay. */
const DECADE = 1;

/**
 * What becomes of a gradient on its way back. The linear cell is judged by W_h alone: ρ < 1 lets ‖W_h^k‖ vanish in the
 * end, but it may grow before (non-normal matrices); ρ > 1 lets it explode; at ρ = 1 Jordan blocks decide. The others are
 * judged by the product of Jacobians along their sequence, where there is one. σ_max < 1/γ suffices for vanishing whatever
 * the sequence, σ_max > 1/γ is necessary for exploding (Pascanu et al. 2013).
 */
export function judge(findings: Findings): Judgement {
  const { cell, matrix, jacobians, overflow } = findings;
  const reasons: string[] = [];
  const bySequence = cell === 'linear' ? null : jacobians;
  const certain = matrix !== null && matrix.greatestSingularValue < 1;
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
  { spectralRadius: radius, greatestSingularValue: sigma, degree, powers }: NonNullable<Findings['matrix']>,
  reasons: string[],
): Verdict {
  const slope = cell === 'linear' ? '' : ` and no slope of ${cell} is above 1`;
  const peak = `‖W_h^k‖ is ${powers.peak} at k = ${powers.peakStep}, its greatest for k = 0 ... ${powers.steps}`;
  if (sigma < 1) {
    reasons.push(
      `the greatest singular value ${sigma} of W_h is below 1${slope}: every step shrinks the gradient`,
    );
    return 'VANISHING';
  }
  if (Math.abs(radius - 1) <= tolerance) {
    if (degree === 0) {
      reasons.push(`the spectral radius is 1 (${radius}) and ‖W_h^k‖ stays bounded: ${peak}`);
      return 'MARGINAL';
    }
    const power = degree === 1 ? 'k' : `k^${degree}`;
    reasons.push(
      `the spectral radius is 1 (${radius}), but an eigenvalue of modulus 1 has a Jordan block: ‖W_h^k‖ grows like ${power}; ${peak}`,
    );
    return 'POLYNOMIAL_GROWTH';
  }
  if (radius > 1) {
    reasons.push(
      `the spectral radius ${radius} of W_h is above 1: ‖W_h^k‖ grows like ${radius}^k, and with it every gradient that has a part in the growing directions; ${peak}`,
    );
    return 'EXPLODING';
  }
  if (sigma > 1 + tolerance) {
    reasons.push(
      `the spectral radius ${radius} of W_h is below 1, so the gradient vanishes over long lags, but the greatest singular value ${sigma} is above 1: it grows before; ${peak}`,
    );
    return 'TRANSIENT_GROWTH';
  }
  reasons.push(
    `the spectral radius ${radius} of W_h is below 1 and no power of W_h has a norm above 1: the gradient vanishes over long lags`,
  );
  return 'VANISHING';
}

function judgeCourse({ cell, meanSlope }: Findings, course: Course, reasons: string[]): Verdict {
  const state = cell === 'lstm' ? '∂(h, c)_k/∂(h, c)_0' : '∂h_k/∂h_0';
  const says = `along the sequence ‖${state}‖ ends at ${course.last} after ${course.steps} steps`;
  if (meanSlope !== null)
    reasons.push(
      isGated(cell)
        ? `the gate that keeps the memory is ${meanSlope} on average`
        : `the slopes of ${cell} are ${meanSlope} on average`,
    );
  if (course.lastLogarithm > DECADE) {
    reasons.push(`${says}: it explodes`);
    return 'EXPLODING';
  }
  if (course.lastLogarithm >= -DECADE) {
    reasons.push(`${says}, less than a factor of 10 from 1`);
    return 'MARGINAL';
  }
  if (course.peakLogarithm > DECADE) {
    reasons.push(`${says}, after ${course.peak} at k = ${course.peakStep}`);
    return 'TRANSIENT_GROWTH';
  }
  reasons.push(`${says}: it vanishes`);
  return 'VANISHING';
}
