import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { defineObjective, planFunction, vectorLayout } from './objective.js';

export const cliff = defineObjective({
  kind: 'cliff',
  summary:
    'The wall in the loss of a recurrent network of one unit, in its weight w and bias b: x = (w, b), clipping’s first picture.',
  formula: '(σ(h_T) - y)², h_t = w σ(h_{t-1}) + b',
  latex: String.raw`(\sigma(h_T) - y)^2, \quad h_t = w\, \sigma(h_{t-1}) + b`,
  source: 'Pascanu, Mikolov, Bengio 2013 (arXiv:1211.5063), figure 6',
  params: z.strictObject({
    steps: z.int().min(1).max(1_000_000).default(50).describe('T'),
    target: real().default(0.7).describe('y'),
    initial: real().default(0.5).describe('h_0'),
  }),
  example: {},
  knowledge: {
    smoothness: {
      none: 'no constants are known: gradient and curvature grow with the powers of w σ′ over the steps',
    },
    minimum: {
      says: '0, at (0, ln(y/(1 - y))) among others, for 0 < y < 1',
      value: ({ target: y }) => (y > 0 && y < 1 ? 0 : null),
      at: ({ target: y }) => (y > 0 && y < 1 ? [0, math.log(y / (1 - y))] : null),
    },
    convex: false,
  },
  build:
    ({ steps, target, initial }) =>
    ({ dtype }) =>
      planFunction({
        layout: vectorLayout(2, dtype),
        flopsPerEvaluation: 60 * steps,
        scratch: 2 * (steps + 1),
        start: () => (i) => (i === 0 ? 6 : -2.5),
        make() {
          // s_t = σ(h_t) and its derivative along a direction, t = 0 ... T
          const s = new Float64Array(steps + 1);
          const ds = new Float64Array(steps + 1);
          s[0] = math.sigmoid(initial);
          const forward = (x: Vector): number => {
            for (let t = 1; t <= steps; t++) s[t] = math.sigmoid(x[0] * s[t - 1] + x[1]);
            return s[steps] - target;
          };
          return {
            valueAndGradient(x, gradient) {
              const rest = forward(x);
              let back = 2 * rest;
              let w = 0;
              let b = 0;
              for (let t = steps; t > 0; t--) {
                const local = back * s[t] * (1 - s[t]);
                w += local * s[t - 1];
                b += local;
                back = local * x[0];
              }
              gradient[0] = w;
              gradient[1] = b;
              return rest * rest;
            },
            hessianVectorProduct(x, v, out) {
              const rest = forward(x);
              for (let t = 1; t <= steps; t++) {
                const dh = v[0] * s[t - 1] + x[0] * ds[t - 1] + v[1];
                ds[t] = s[t] * (1 - s[t]) * dh;
              }
              let back = 2 * rest;
              let dback = 2 * ds[steps];
              let w = 0;
              let b = 0;
              for (let t = steps; t > 0; t--) {
                const slope = s[t] * (1 - s[t]);
                const local = back * slope;
                const dlocal = dback * slope + back * (1 - 2 * s[t]) * ds[t];
                w += dlocal * s[t - 1] + local * ds[t - 1];
                b += dlocal;
                back = local * x[0];
                dback = dlocal * x[0] + local * v[0];
              }
              out[0] = w;
              out[1] = b;
            },
          };
        },
      }),
});
