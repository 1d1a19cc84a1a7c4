import type { Client } from './client.js';

/** Functions of one variable whose constants are known, far from their minimum at 0. */
export const FUNCTIONS = [
  { name: 'x⁴ from 10', objective: { quartic: {} }, start: 10, minimum: 0 },
  { name: 'cosh x from 8', objective: { cosh: {} }, start: 8, minimum: 1 },
  { name: 'the hard instance from 5', objective: { hardInstance: {} }, start: 5, minimum: 0.5 },
] as const;
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

/** 2 x0/f′(x0): descent without clipping diverges above it, as f′(x)/x grows with x. */
export async function greatestRate(client: Client, f: ScalarFunction): Promise<number> {
  const { gradientNorm } = await client.unary<{ readonly gradientNorm: number }>('Evaluate', {
    objective: f.objective,
    parameters: startOf(f),
  });
  return (2 * f.start) / gradientNorm;
}
