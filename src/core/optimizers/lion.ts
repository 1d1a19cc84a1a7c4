import { z } from 'zod';
import { lionUpdate } from '../kernels/lion.js';
import { lionStep } from '../kernels/steps.js';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { remembering } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { betas } from './parameters.js';

export const lion = defineOptimizer({
  kind: 'lion',
  summary: 'Lion: the sign of an interpolated momentum, with decoupled weight decay.',
  formula: 'u = sign(β₁ m + (1 - β₁) g), m ← β₂ m + (1 - β₂) g; x ← x - γ (u + λ x)',
  latex: String.raw`x_{t+1} = x_t - \gamma \left(\operatorname{sign}(\beta_1 m_{t-1} + (1 - \beta_1) g_t) + \lambda x_t\right), \quad m_t = \beta_2 m_{t-1} + (1 - \beta_2) g_t`,
  source: 'Chen et al. 2023 (arXiv:2302.06675), optax.lion',
  params: z.strictObject({
    learningRate: learningRate.default(1e-4),
    betas: betas(0.9, 0.99),
    weightDecay: real({ min: 0 }).default(1e-3),
  }),
  example: { learningRate: 0.01, weightDecay: 0 },
  build: ({ learningRate, betas: [b1, b2], weightDecay: lambda }) => ({
    transform: {
      ...remembering(['m'], (g, { m }, x, { learningRate: rate }) =>
        lionUpdate(g, m, x, { b1, b2, lambda, rate }),
      ),
      apply(g, state, x, { learningRate: rate }, keep) {
        const memories = state as readonly { readonly m: Vector }[];
        for (let t = 0; t < g.length; t++) {
          const { m } = memories[t] as { readonly m: Vector };
          lionStep(x[t] as Vector, g[t] as Vector, m, { b1, b2, lambda, rate }, keep);
        }
        return state;
      },
    },
    learningRate,
    flopsPerParameter: 11,
    statePerParameter: 1,
  }),
});
