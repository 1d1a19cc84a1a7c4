import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { minimumAt } from './knowledge.js';
import { anyDimension, defineObjective } from './objective.js';
import { separable } from './separable.js';
import { turns } from './turns.js';

export const rastrigin = defineObjective({
  kind: 'rastrigin',
  summary: 'A quadratic with a minimum near every point of integers: many local minima, the least at 0.',
  formula: '10 d + Σ x_i^2 - 10 cos(2π x_i)',
  latex: String.raw`10 d + \sum_i x_i^2 - 10 \cos(2 \pi x_i)`,
  source: 'Rastrigin 1974; L = 2 + 40π²',
  params: z.strictObject({ dimension: anyDimension }),
  example: { dimension: 2 },
  knowledge: {
    smoothness: { constants: '(2 + 40π², 0)', l0: () => 2 + 40 * Math.PI * Math.PI },
    minimum: minimumAt(0, 0, '0 at 0'),
    convex: false,
  },
  build:
    ({ dimension }) =>
    (context) =>
      separable(dimension ?? context.size ?? 2, context, {
        value(x) {
          // 10 - 10 cos(2πx) without the cancellation.
          const s = math.sin(Math.PI * turns(x));
          return x * x + 20 * s * s;
        },
        slope: (x) => 2 * x + 20 * Math.PI * math.sin(2 * Math.PI * turns(x)),
        curvature: (x) => 2 + 40 * Math.PI * Math.PI * math.cos(2 * Math.PI * turns(x)),
        flops: 60,
        start: 2.2,
      }),
});
