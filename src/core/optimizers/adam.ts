import { z } from 'zod';
import { real } from '../schema.js';
import { beta, defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';
import { scaleByAdam } from './transforms.js';

export const adam = defineOptimizer({
  kind: 'adam',
  summary:
    'Adam, optionally with AMSGrad, and weight decay in the gradient or decoupled from it; PyTorch’s semantics.',
  formula: 'm ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g²; x ← x - γ m̂ / (√v̂ + eps)',
  latex: String.raw`m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \quad x_{t+1} = x_t - \gamma \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}`,
  source: 'Kingma and Ba 2015 (arXiv:1412.6980), torch.optim.Adam',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay,
    amsgrad: z.boolean().default(false),
    maximize,
    decoupledWeightDecay: z.boolean().default(false),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, betas, eps, amsgrad, ...around }) => ({
    transform: descent([scaleByAdam(betas[0], betas[1], eps, amsgrad)], around),
    learningRate,
    flopsPerParameter: 20,
    statePerParameter: amsgrad ? 3 : 2,
  }),
});
