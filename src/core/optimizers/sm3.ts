import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { chain, perTensor, type Shape, type Transform, zeros } from '../transform.js';
import { average } from './moments.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { eps } from './parameters.js';
import { descend } from './transforms.js';

export const sm3 = defineOptimizer({
  kind: 'sm3',
  summary: 'SM3: AdaGrad that remembers one number per row, column, ... of a tensor.',
  formula:
    'v = min over axes of the accumulators of its row, column, ... + g²; each accumulator ← max v of its row, column, ...; m ← β m + (1 - β) g / √(v + eps); x ← x - γ m',
  latex: String.raw`v_t(i) = \min_{S \ni i} \mu_{t-1}(S) + g_t(i)^2, \quad \mu_t(S) = \max_{i \in S} v_t(i), \quad x_{t+1} = x_t - \gamma m_t`,
  source: 'Anil et al. 2019 (arXiv:1901.11150), optax.sm3',
  params: z.strictObject({
    learningRate: learningRate.default(0.1),
    momentum: real({ min: 0, below: 1 }).default(0.9),
    eps: eps(1e-8),
  }),
  example: { learningRate: 0.1 },
  build: ({ learningRate, momentum, eps }) => ({
    transform: chain(scaleByCovers(eps), average(momentum), descend),
    learningRate,
    flopsPerParameter: 20,
    statePerParameter: 3,
  }),
});

/** u ← g / √(v + eps), 0 where v is 0. `axes` has the accumulators of each axis; a scalar is a vector of one. */
const scaleByCovers = (eps: number): Transform =>
  perTensor(
    (x, shape) => ({ axes: extents(shape).map((extent) => zeros(x, extent)) }),
    (g, { axes }, _x, _step, tensorShape) => {
      const shape = extents(tensorShape);
      const next = axes.map((axis) => new Float64Array(axis.length));
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        let least = Infinity;
        let rest = i;
        for (let a = axes.length - 1; a >= 0; a--) {
          const extent = shape[a] as number;
          const at = rest % extent;
          rest = (rest - at) / extent;
          least = Math.min(least, (axes[a] as Vector)[at] as number);
        }
        const v = least + gi * gi;
        rest = i;
        for (let a = axes.length - 1; a >= 0; a--) {
          const extent = shape[a] as number;
          const at = rest % extent;
          rest = (rest - at) / extent;
          const greatest = next[a] as Float64Array;
          greatest[at] = Math.max(greatest[at] as number, v);
        }
        g[i] = v > 0 ? gi / Math.sqrt(v + eps) : 0;
      }
      for (let a = 0; a < axes.length; a++) (axes[a] as Vector).set(next[a] as Float64Array);
    },
  );

const extents = (shape: Shape): Shape => (shape.length === 0 ? [1] : shape);
