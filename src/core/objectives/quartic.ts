import { z } from 'zod';
import { minimumAt } from './knowledge.js';
import { defineObjective, MAX_DIMENSION, testFunction } from './objective.js';

export const quartic = defineObjective({
  kind: 'quartic',
  summary: 'Σ xᵢ⁴: not L-smooth, (L0, L1)-smooth for every L1 > 0 with L0 = 16/L1².',
  formula: 'Σ x_i^4',
  latex: String.raw`\sum_i x_i^4`,
  source: 'lecture 10-2; L0*(L1) = 16/L1² in one variable',
  params: z.strictObject({ dimension: z.int().min(1).max(MAX_DIMENSION).optional() }),
  example: { dimension: 1 },
  knowledge: {
    smoothness: { constants: '(16/L1², L1) for every L1 > 0', l0: (_params, l1) => 16 / (l1 * l1) },
    minimum: minimumAt(0, 0, '0 at 0'),
    convex: true,
  },
  build:
    ({ dimension }) =>
    (context) =>
      testFunction(dimension, 1, context, {
        flopsPerCoordinate: 7,
        start: () => 10,
        valueAndGradient(x, gradient) {
          let value = 0;
          for (let i = 0; i < x.length; i++) {
            const v = x[i] as number;
            const square = v * v;
            value += square * square;
            gradient[i] = 4 * v * v * v;
          }
          return value;
        },
        hessianVectorProduct(x, v, out) {
          for (let i = 0; i < x.length; i++) out[i] = 12 * x[i] * x[i] * v[i];
        },
      }),
});
