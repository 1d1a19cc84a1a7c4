import { z } from 'zod';
import { length } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { minimumAt } from './knowledge.js';
import { anyDimension, defineObjective, testFunction } from './objective.js';
import { turns } from './turns.js';

const WIDTH = 0.2;
const TWO_PI = 2 * Math.PI;

/** mean cos(2π xᵢ) - 1 without cancellation. */
function meanCosineLessOne(x: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const s = math.sin(Math.PI * turns(x[i] as number));
    sum += s * s;
  }
  return (-2 * sum) / x.length;
}

export const ackley = defineObjective({
  kind: 'ackley',
  summary: 'A nearly flat outer region with ripples around a funnel, with a tip at its minimum 0.',
  formula: '-20 exp(-0.2 √(mean x²)) - exp(mean cos 2πx) + 20 + e',
  latex: String.raw`-20 e^{-0.2 \sqrt{\frac1d \sum_i x_i^2}} - e^{\frac1d \sum_i \cos 2 \pi x_i} + 20 + e`,
  source: 'Ackley 1987; the gradient at the tip is taken as 0',
  params: z.strictObject({ dimension: anyDimension }),
  example: { dimension: 2 },
  knowledge: {
    smoothness: {
      none: 'the tip at 0: the gradient is bounded, but it turns about in a ball as small as one likes',
      witness: (_params, t) => [1 / t, 1 / t],
    },
    minimum: minimumAt(0, 0, '0 at 0'),
    convex: false,
  },
  build:
    ({ dimension }) =>
    (context) =>
      testFunction(dimension, 2, context, {
        flopsPerCoordinate: 90,
        start: () => 2.2,
        valueAndGradient(x, gradient) {
          const d = x.length;
          const r = length(x);
          const depth = -WIDTH * (r / Math.sqrt(d));
          const ripple = meanCosineLessOne(x);
          // ∇√(mean x²) = x / (r √d)
          const outward = (20 * WIDTH * math.exp(depth)) / Math.sqrt(d);
          const wave = (TWO_PI * math.exp(ripple + 1)) / d;
          for (let i = 0; i < d; i++) {
            const v = x[i] as number;
            gradient[i] = (r === 0 ? 0 : outward * (v / r)) + wave * math.sin(TWO_PI * turns(v));
          }
          return -20 * math.expm1(depth) - Math.E * math.expm1(ripple);
        },
        hessianVectorProduct(x, v, out) {
          const d = x.length;
          const r = length(x);
          const peak = math.exp(meanCosineLessOne(x) + 1) / d;
          // -20 e^{-k s}, s = r/√d: 20 k e^{-k s} ((I - u uᵀ)/(r √d) - (k/d) u uᵀ) with u = x/r
          const outward = r === 0 ? 0 : 20 * WIDTH * math.exp(-WIDTH * (r / Math.sqrt(d)));
          const across = r === 0 ? 0 : outward / (r * Math.sqrt(d));
          const along = across + (outward * WIDTH) / d;
          let uv = 0;
          let sv = 0;
          for (let i = 0; i < d; i++) {
            if (r > 0) uv += (x[i] / r) * v[i];
            sv += math.sin(TWO_PI * turns(x[i] as number)) * v[i];
          }
          for (let i = 0; i < d; i++) {
            const t = TWO_PI * turns(x[i] as number);
            const radial = r === 0 ? 0 : across * v[i] - along * uv * (x[i] / r);
            const waves = math.cos(t) * v[i] - (math.sin(t) * sv) / d;
            out[i] = radial + peak * TWO_PI * TWO_PI * waves;
          }
        },
      }),
});
