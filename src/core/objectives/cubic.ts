import { z } from 'zod';
import { anyDimension, defineObjective } from './objective.js';
import { separable } from './separable.js';

export const cubic = defineObjective({
  kind: 'cubic',
  summary:
    'Σ xᵢ³, unbounded below: from x > 0 a descent creeps to the inflection 0, from x < 0 it runs away.',
  formula: 'Σ x_i^3',
  latex: String.raw`\sum_i x_i^3`,
  source: 'lecture 10-2; L = 6R on |x| <= R, L0*(L1) = 3/L1',
  params: z.strictObject({ dimension: anyDimension }),
  example: { dimension: 1 },
  knowledge: {
    smoothness: { constants: '(3/L1, L1) for every L1 > 0', l0: (_params, l1) => 3 / l1 },
    minimum: { says: 'unbounded below', value: () => -Infinity },
    convex: false,
  },
  build:
    ({ dimension }) =>
    (context) =>
      separable(dimension, context, {
        value: (x) => x * x * x,
        slope: (x) => 3 * x * x,
        curvature: (x) => 6 * x,
        flops: 7,
        start: 10,
      }),
});
