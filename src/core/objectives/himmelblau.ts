import { z } from 'zod';
import { defineObjective } from './objective.js';
import { plane } from './plane.js';

export const himmelblau = defineObjective({
  kind: 'himmelblau',
  summary: 'Four minima of value 0 around a maximum, in two variables.',
  formula: '(x² + y - 11)² + (x + y² - 7)²',
  latex: '(x^2 + y - 11)^2 + (x + y^2 - 7)^2',
  source: 'Himmelblau 1972',
  params: z.strictObject({}),
  example: {},
  knowledge: {
    smoothness: {
      constants: 'every L1 > 0 has an L0: the terms of degree four, x⁴ + y⁴, have no critical point but 0',
    },
    minimum: {
      says: '0 at (3, 2) and three other points',
      value: () => 0,
      at: () => [3, 2],
    },
    convex: false,
  },
  build: () => (context) =>
    plane(context, {
      start: [-1, -1],
      flops: 40,
      value(x, y) {
        const p = x * x + y - 11;
        const q = x + y * y - 7;
        return p * p + q * q;
      },
      derivatives(x, y, out) {
        const p = x * x + y - 11;
        const q = x + y * y - 7;
        out[0] = 4 * x * p + 2 * q;
        out[1] = 2 * p + 4 * y * q;
        out[2] = 4 * p + 8 * x * x + 2;
        out[3] = 4 * (x + y);
        out[4] = 4 * q + 8 * y * y + 2;
      },
    }),
});
