import { z } from 'zod';
import { defineObjective } from './objective.js';
import { plane } from './plane.js';

const CONSTANTS = [1.5, 2.25, 2.625];

export const beale = defineObjective({
  kind: 'beale',
  summary: 'A flat valley between steep walls in two variables, minimum 0 at (3, ½).',
  formula: '(1.5 - x + xy)² + (2.25 - x + xy²)² + (2.625 - x + xy³)²',
  latex: '(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2',
  source: 'Beale 1958',
  params: z.strictObject({}),
  example: {},
  knowledge: {
    smoothness: {
      none: 'along y = 1 - 111/(112 x) the gradient tends to 0 while the curvature grows like 28 x²',
      witness: (_params, t) => [t, 1 - 111 / (112 * t)],
    },
    minimum: { says: '0 at (3, ½)', value: () => 0, at: () => [3, 0.5] },
    convex: false,
  },
  build: () => (context) =>
    plane(context, {
      start: [1, 1],
      flops: 100,
      value(x, y) {
        let sum = 0;
        let yk = 1;
        for (let k = 0; k < 3; k++) {
          yk *= y;
          const rest = (CONSTANTS[k] as number) - x * (1 - yk);
          sum += rest * rest;
        }
        return sum;
      },
      derivatives(x, y, out) {
        out.fill(0);
        let before = 0;
        let lower = 1;
        for (let k = 1; k <= 3; k++) {
          // lower = y^(k-1), before = y^(k-2), for k = 1 with the factor k - 1 = 0
          const yk = lower * y;
          const rest = (CONSTANTS[k - 1] as number) - x * (1 - yk);
          const dx = yk - 1;
          const dy = x * k * lower;
          out[0] += 2 * rest * dx;
          out[1] += 2 * rest * dy;
          out[2] += 2 * dx * dx;
          out[3] += 2 * (dx * dy + rest * k * lower);
          out[4] += 2 * (dy * dy + rest * x * k * (k - 1) * before);
          before = lower;
          lower = yk;
        }
      },
    }),
});
