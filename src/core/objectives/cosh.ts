import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { everywhere } from './knowledge.js';
import { anyDimension, defineObjective } from './objective.js';
import { separable } from './separable.js';

export const cosh = defineObjective({
  kind: 'cosh',
  summary: 'Convex with exponential walls: (a², a)-smooth, and no L1 below a will do.',
  formula: 'Σ cosh(a x_i)',
  latex: String.raw`\sum_i \cosh(a x_i)`,
  source: '‖∇²f‖ <= a² + a ‖∇f‖, because cosh t - |sinh t| <= 1',
  params: z.strictObject({ a: real({ above: 0 }).default(1), dimension: anyDimension }),
  example: { a: 1, dimension: 1 },
  knowledge: {
    smoothness: {
      constants: '(a², a); no L1 < a will do',
      l0: ({ a }, l1) => (l1 >= a ? a * a : Infinity),
    },
    minimum: { says: 'd at 0', value: (_params, n) => n, at: (_params, n) => everywhere(0, n) },
    convex: true,
  },
  build:
    ({ a, dimension }) =>
    (context) =>
      separable(dimension, context, {
        value: (x) => math.cosh(a * x),
        slope: (x) => a * math.sinh(a * x),
        curvature: (x) => a * a * math.cosh(a * x),
        flops: 50,
        start: 3,
      }),
});
