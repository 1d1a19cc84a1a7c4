import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { everywhere } from './knowledge.js';
import { defineObjective, MAX_DIMENSION, testFunction } from './objective.js';

export const hardInstance = defineObjective({
  kind: 'hardInstance',
  summary:
    'Quadratic near 0 and exponential outside: gradient descent diverges above 2 x0/f′(x0), clipped descent does not.',
  formula: 'Σ L0 x²/2 + L0/(2 L1²) where |x| <= 1/L1, else L0 exp(L1 |x| - 1)/L1²',
  latex: String.raw`\sum_i \begin{cases} \frac{L_0}{2} x_i^2 + \frac{L_0}{2 L_1^2} & |x_i| \le 1/L_1 \\ \frac{L_0}{L_1^2} e^{L_1 |x_i| - 1} & \text{otherwise} \end{cases}`,
  source: 'Zhang et al. 2019 (arXiv:1905.11881), theorem 4; equality in the Hessian form outside',
  params: z.strictObject({
    l0: real({ above: 0 }).default(1),
    l1: real({ above: 0 }).default(1),
    dimension: z.int().min(1).max(MAX_DIMENSION).optional(),
  }),
  example: { l0: 1, l1: 1 },
  knowledge: {
    smoothness: {
      constants: '(l0, l1), with equality where |x| > 1/l1; no L1 < l1 will do',
      l0: ({ l0, l1 }, least) => (least >= l1 ? l0 : Infinity),
    },
    minimum: {
      says: 'd l0/(2 l1²) at 0',
      value: ({ l0, l1 }, n) => (n * l0) / (2 * l1 * l1),
      at: (_params, n) => everywhere(0, n),
    },
    convex: true,
  },
  build:
    ({ l0, l1, dimension }) =>
    (context) =>
      testFunction(dimension, 1, context, {
        flopsPerCoordinate: 30,
        start: () => 5,
        valueAndGradient(x, gradient) {
          let value = 0;
          for (let i = 0; i < x.length; i++) {
            const v = x[i] as number;
            const size = l1 * Math.abs(v);
            if (size <= 1) {
              value += (l0 * v * v) / 2 + l0 / (2 * l1 * l1);
              gradient[i] = l0 * v;
            } else {
              const e = (l0 * math.exp(size - 1)) / l1;
              value += e / l1;
              gradient[i] = v < 0 ? -e : e;
            }
          }
          return value;
        },
        hessianVectorProduct(x, v, out) {
          for (let i = 0; i < x.length; i++) {
            const size = l1 * Math.abs(x[i] as number);
            out[i] = l0 * (size <= 1 ? 1 : math.exp(size - 1)) * v[i];
          }
        },
      }),
});
