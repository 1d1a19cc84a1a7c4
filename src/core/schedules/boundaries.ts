import type { z } from 'zod';
import { listOf, real } from '../schema.js';
import { rate, steps } from './schedule.js';

/** Enough for any plan; each is looked up by halving. */
export const MAX_BOUNDARIES = 1000;

/** Steps at which something changes. */
export const boundaries = () => listOf(steps(0), MAX_BOUNDARIES).default([]);

/** How many of the sorted boundaries are not after `step`. */
export function reached(sorted: readonly number[], step: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first boundary that is not after the one before it; -1 for none. */
export const outOfOrder = (list: readonly number[]): number =>
  list.findIndex((boundary, i) => i > 0 && boundary <= (list[i - 1] as number));

/** Parameters of the schedules that optax gives as boundaries_and_scales. */
export const piecewiseParams = {
  boundaries: boundaries().describe('steps, rising'),
  scales: listOf(real({ min: 0 }), MAX_BOUNDARIES)
    .default([])
    .describe('a factor for each boundary'),
  initValue: rate().optional().describe('a learning rate; the base when absent'),
};

interface Pieces {
  readonly boundaries: readonly number[];
  readonly scales: readonly number[];
}

export function checkPieces({ value, issues }: z.core.ParsePayload<Pieces>): void {
  const { boundaries, scales } = value;
  const at = outOfOrder(boundaries);
  if (scales.length !== boundaries.length)
    issues.push({
      code: 'custom',
      message: `must be as many as boundaries (${boundaries.length}), got ${scales.length}`,
      input: scales,
      path: ['scales'],
    });
  if (at !== -1)
    issues.push({
      code: 'custom',
      message: `must be > the boundary before it (${boundaries[at - 1]})`,
      input: boundaries[at],
      path: ['boundaries', at],
    });
}

/** 1, s₁, s₁ s₂, ...: the factor after each boundary. */
export function cumulativeFactors(scales: readonly number[]): number[] {
  const factors = [1];
  for (const scale of scales) factors.push(Math.min((factors.at(-1) as number) * scale, Number.MAX_VALUE));
  return factors;
}
