import type { StopReason } from './run.js';

/**
 * Where a run began, and its last two reported values of f: two, because a run that jumps to and fro between a low and a
 * high point would else be judged by the parity of its iterations.
 */
export interface Course {
  readonly start: number;
  readonly beforeLast: number;
  readonly last: number;
}

/** Whether a run stayed: not DIVERGED, and at the end f is above f(x0) by no more than |f(x0)|. */
export function isStable(reason: StopReason, { start, beforeLast, last }: Course): boolean {
  const limit = start + Math.abs(start);
  return reason !== 'DIVERGED' && last <= limit && beforeLast <= limit;
}

export interface RateSearch {
  /** The first learning rate that is tried, > 0, between the bounds. */
  readonly from: number;
  readonly lower: number;
  readonly upper: number;
  /** Relative width of the bracket at which the search ends, > 0. */
  readonly tolerance: number;
}

/** The greatest learning rate seen stable and the least seen unstable above it; null for none. */
export interface Bracket {
  readonly stable: number | null;
  readonly unstable: number | null;
}

/**
 * Yields learning rates to try and is told whether each was stable, or null to end with what is known. Doubles or halves
 * until one is stable and one is not, or a bound is reached, then bisects the logarithm. Stability need not be monotone in
 * the learning rate: this is the end of the stable interval that the search came upon first.
 */
export function* searchStableRate({
  from,
  lower,
  upper,
  tolerance,
}: RateSearch): Generator<number, Bracket, boolean | null> {
  let stable: number | null = null;
  let unstable: number | null = null;
  let rate = from;
  while (!isNarrow(stable, unstable, tolerance)) {
    const verdict = yield rate;
    if (verdict === null) break;
    if (verdict) stable = rate;
    else unstable = rate;
    if (unstable === null) rate = Math.min(upper, 2 * rate);
    else if (stable === null) rate = Math.max(lower, rate / 2);
    else rate = Math.sqrt(stable) * Math.sqrt(unstable);
    if (rate === stable || rate === unstable) break;
  }
  return { stable, unstable };
}

const isNarrow = (stable: number | null, unstable: number | null, tolerance: number): boolean =>
  stable !== null && unstable !== null && unstable <= stable * (1 + tolerance);

/** The most learning rates that the search tries. */
export function mostTrials({ from, lower, upper, tolerance }: RateSearch): number {
  let doublings = 0;
  for (let rate = from; rate < upper; rate *= 2) doublings++;
  let halvings = 0;
  for (let rate = from; rate > lower; rate /= 2) halvings++;
  // One more for rounding: a ratio of 2 is not quite 2.
  let bisections = 1;
  for (let ratio = 2; ratio > 1 + tolerance; ratio = Math.sqrt(ratio)) bisections++;
  return 1 + Math.max(doublings, halvings) + bisections;
}
