import { z } from 'zod';
import { everywhere } from './knowledge.js';
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
  knowledge: {
    smoothness: {
      constants:
        '(3x² - 1 - L1 (x³ - x), L1) at x = max(1, 1/L1 + √(1/L1² + 1/3)), for every L1 > 0; (2, L1) for L1 >= 3',
      l0(_params, l1) {
        if (l1 === 0) return Infinity;
        const x = Math.max(1, 1 / l1 + Math.sqrt(1 / (l1 * l1) + 1 / 3));
        return 3 * x * x - 1 - l1 * (x * x * x - x);
      },
    },
    minimum: {
      says: '-d/4 at (±1, ..., ±1)',
      value: (_params, n) => -n / 4,
      at: (_params, n) => everywhere(1, n),
    },
    convex: false,
  },
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
