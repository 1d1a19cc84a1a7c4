import { z } from 'zod';
import { length } from '../kernels/norm.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { minimumAt } from './knowledge.js';
import { anyDimension, defineObjective, testFunction } from './objective.js';

export const power = defineObjective({
  kind: 'power',
  summary: 'A power of the Euclidean norm, p > 1; its curvature is infinite at 0 for p < 2.',
  formula: '‖x‖^p',
  latex: String.raw`\lVert x \rVert^p`,
  source: 'L0*(L1) = p ((p - 2)/L1)^(p-2) for p > 2, in any dimension',
  params: z.strictObject({ p: real({ above: 1 }).default(4), dimension: anyDimension }),
  example: { p: 4, dimension: 2 },
  knowledge: {
    smoothness: {
      constants: '(p ((p - 2)/L1)^(p-2), L1) for every L1 > 0 when p > 2; (2, 0) for p = 2; none for p < 2',
      l0({ p }, l1) {
        if (p < 2) return Infinity;
        return p === 2 ? 2 : p * math.pow((p - 2) / l1, p - 2);
      },
    },
    minimum: minimumAt(0, 0, '0 at 0'),
    convex: true,
  },
  build:
    ({ p, dimension }) =>
    (context) =>
      testFunction(dimension, 2, context, {
        flopsPerCoordinate: 8,
        start: () => 3,
        valueAndGradient(x, gradient) {
          const r = length(x);
          // p r^(p-1) times the direction, so that no power of a small or large r stands alone.
          const slope = p * math.pow(r, p - 1);
          for (let i = 0; i < x.length; i++) gradient[i] = r === 0 ? 0 : slope * (x[i] / r);
          return math.pow(r, p);
        },
        hessianVectorProduct(x, v, out) {
          const r = length(x);
          const curvature = p * math.pow(r, p - 2);
          let along = 0;
          if (r > 0) for (let i = 0; i < x.length; i++) along += (x[i] / r) * v[i];
          for (let i = 0; i < x.length; i++) {
            const radial = r > 0 ? (p - 2) * along * (x[i] / r) : 0;
            out[i] = v[i] === 0 && radial === 0 ? 0 : curvature * ((v[i] as number) + radial);
          }
        },
      }),
});
