import { z } from 'zod';
import { real } from '../schema.js';
import { scaleByAdamVariant, variants } from './adam-variants.js';
import { beta, defineOptimizer, descent, learningRate, maximize } from './optimizer.js';

export const adamW = defineOptimizer({
  kind: 'adamW',
  summary: 'Adam with decoupled weight decay: x shrinks beside the update; PyTorch’s semantics.',
  formula: 'm ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g²; x ← x - γ λ x - γ m̂ / (√v̂ + eps)',
  latex: String.raw`m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \quad x_{t+1} = (1 - \gamma \lambda) x_t - \gamma \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}`,
  source: 'Loshchilov and Hutter 2019 (arXiv:1711.05101), torch.optim.AdamW',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay: real({ min: 0 }).default(1e-2),
    amsgrad: z.boolean().default(false),
    maximize,
    ...variants,
  }),
  example: { learningRate: 0.01, weightDecay: 1e-4 },
  build: (params) => ({
    transform: descent([scaleByAdamVariant(params)], { ...params, decoupledWeightDecay: true }),
    learningRate: params.learningRate,
    flopsPerParameter: 24,
    statePerParameter: params.amsgrad ? 3 : 2,
  }),
});
