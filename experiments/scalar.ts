import type { Client } from './client.js';

/** Functions of one variable whose constants are known, far from their minimum at 0. */
export const FUNCTIONS = [
  { name: 'x⁴ from 10', objective: { quartic: {} }, start: 10, minimum: 0, greatest: 20 / 4000 },
  { name: 'cosh x from 8', objective: { cosh: {} }, start: 8, minimum: 1, greatest: 16 / Math.sinh(8) },
  {
    name: 'the hard instance from 5',
    objective: { hardInstance: {} },
    start: 5,
    minimum: 0.5,
    greatest: 10 / Math.exp(4),
  },
] as const;
/** `greatest` is the learning rate 2 x0/f′(x0), from which on descent without clipping diverges. */
export type ScalarFunction = (typeof FUNCTIONS)[number];

export const TOLERANCE = 1e-3;
export const startOf = ({ start }: ScalarFunction) => [{ shape: [1], values: [start] }];

/** What is read of the service's recommendation. */
export interface Recommendation {
  readonly l0: number;
  readonly l1: number;
  readonly gap: number;
  readonly learningRate: number;
  readonly clipped: readonly { readonly name: string; readonly learningRate: number }[];
  readonly alternatives: readonly { readonly method: string; readonly learningRate?: number }[];
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
}

export const recommend = (
  client: Client,
  f: ScalarFunction,
  threshold: number,
  iterations: readonly number[] = [1],
): Promise<Recommendation> =>
  client.unary('RecommendStepSize', {
    objective: f.objective,
    start: startOf(f),
    threshold,
    epsilon: TOLERANCE,
    iterations,
  });
