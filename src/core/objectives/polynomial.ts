import { z } from 'zod';
import { real } from '../schema.js';
import { certificateOf } from '../theory/certificate.js';
import { leastValue } from '../theory/least-value.js';
import { anyDimension, defineObjective } from './objective.js';
import { separable } from './separable.js';

/** Derivatives by Horner's rule; c[k] belongs to x^k. */
const derivative = (c: readonly number[]): number[] => c.slice(1).map((ck, i) => ck * (i + 1));

const horner =
  (c: readonly number[]) =>
  (x: number): number => {
    let sum = 0;
    for (let k = c.length - 1; k >= 0; k--) sum = sum * x + (c[k] as number);
    return sum;
  };

export const polynomial = defineObjective({
  kind: 'polynomial',
  summary: 'A polynomial in one variable, summed over the coordinates; `coefficients` from the constant up.',
  formula: 'Σ_i Σ_k c_k x_i^k',
  latex: String.raw`\sum_i \sum_k c_k x_i^k`,
  source: 'Zhang et al. 2019, lemma 2: (L0, L1)-smooth for every L1 > 0',
  params: z.strictObject({
    coefficients: z.array(real()).min(1).max(1001).describe('c_0, c_1, ...: from the constant up'),
    dimension: anyDimension,
  }),
  example: { coefficients: [0, 1, 0, -2, 1] },
  knowledge: {
    smoothness: {
      constants:
        'every L1 > 0 has an L0: the greatest |p″| - L1 |p′|, which is taken at a root of p′ or of p‴ ± L1 p″; L1 = 0 has one up to degree 2',
      l0: ({ coefficients }, l1) => certificateOf(coefficients, l1)?.l0 ?? Infinity,
    },
    minimum: {
      says: 'the least value at a root of p′ for each coordinate; unbounded below when the degree is odd or the last coefficient negative',
      value({ coefficients }, n) {
        const least = leastValue(coefficients);
        return least === null ? null : n * least;
      },
    },
  },
  build: ({ coefficients, dimension }) => {
    const slope = derivative(coefficients);
    const curvature = derivative(slope);
    return (context) =>
      separable(dimension, context, {
        value: horner(coefficients),
        slope: horner(slope),
        curvature: horner(curvature),
        flops: 4 * coefficients.length,
        start: 2,
      });
  },
});
