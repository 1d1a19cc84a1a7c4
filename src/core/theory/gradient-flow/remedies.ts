import { isGated } from './system.js';
import { type Findings, short, type Verdict } from './verdict.js';

export const REMEDIES = ['CLIPPING', 'INITIALIZATION', 'RESIDUAL', 'NORMALIZATION'] as const;
export interface Remedy {
  readonly remedy: (typeof REMEDIES)[number];
  readonly why: string;
}

/** Below this mean slope a unit passes on less than half of what comes. */
const SATURATED = 0.5;

/** What the lecture has against it: residual connections, normalisation, initialisation, clipping. */
export function remediesFor(verdict: Verdict, { cell, matrix, meanSlope }: Findings): readonly Remedy[] {
  const remedies: Remedy[] = [];
  const advise = (remedy: Remedy['remedy'], why: string): void => {
    remedies.push({ remedy, why });
  };
  const grows = verdict === 'EXPLODING' || verdict === 'TRANSIENT_GROWTH' || verdict === 'POLYNOMIAL_GROWTH';
  const vanishes = verdict === 'VANISHING' || verdict === 'TRANSIENT_GROWTH';
  if (grows)
    advise(
      'CLIPPING',
      vanishes
        ? 'bounds the update while the gradient grows; it does nothing for what vanishes over long lags'
        : 'bounds the update by learning rate times threshold; the gradient itself grows on',
    );
  if (matrix !== null && (grows || vanishes)) {
    const { spectralRadius: radius, greatestSingularValue: sigma } = matrix;
    advise(
      'INITIALIZATION',
      radius > 0 && sigma - radius <= 1e-9 * sigma
        ? `W_h times ${short(1 / radius)} has spectral radius 1 and powers of norm 1`
        : `an orthogonal W_h has powers of norm 1; this one has spectral radius ${short(radius)} and norm ${short(sigma)}`,
    );
  }
  if (vanishes && !isGated(cell))
    advise(
      'RESIDUAL',
      'with h_t = h_{t-1} + f the factors are I + J in place of J, and the gradient has a way past J',
    );
  if (vanishes && meanSlope !== null && meanSlope < SATURATED && !isGated(cell))
    advise(
      'NORMALIZATION',
      `the slopes are ${short(meanSlope)} on average: normalised inputs of the activation keep it where it is steep`,
    );
  if (verdict === 'VANISHING' && isGated(cell))
    advise(
      'INITIALIZATION',
      `a greater bias of the gate that keeps the memory keeps it open${meanSlope === null ? '' : `; it is ${short(meanSlope)} on average`}`,
    );
  return remedies;
}
