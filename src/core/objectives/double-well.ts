import { z } from 'zod';
import { anyDimension, defineObjective } from './objective.js';
import { separable } from './separable.js';

export const doubleWell = defineObjective({
  kind: 'doubleWell',
  summary: 'Two minima at -1 and 1 in each coordinate with a maximum between them at 0.',
  formula: 'Σ x_i^4/4 - x_i^2/2',
  latex: String.raw`\sum_i \frac{x_i^4}{4} - \frac{x_i^2}{2}`,
  source: 'L0*(3) = 2, L0*(1) = 5.0792',
  params: z.strictObject({ dimension: anyDimension }),
  example: { dimension: 1 },
  build:
    ({ dimension }) =>
    (context) =>
      separable(dimension, context, {
        value: (x) => x * x * (x * x * 0.25 - 0.5),
        slope: (x) => x * x * x - x,
        curvature: (x) => 3 * x * x - 1,
        flops: 11,
        start: 3,
      }),
});
