import { z } from 'zod';
import { real } from '../schema.js';
import { scaleByAdamVariant, variants } from './adam-variants.js';
import {
  beta,
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';

export const adam = defineOptimizer({
  kind: 'adam',
  summary:
    'Adam, optionally with AMSGrad or Nesterov momentum, and weight decay in the gradient or decoupled from it; PyTorch’s semantics unless told otherwise.',
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
    decoupledWeightDecay,
    ...variants,
  }),
  example: { learningRate: 0.01 },
  build: (params) => ({
    transform: descent([scaleByAdamVariant(params)], params),
    learningRate: params.learningRate,
    flopsPerParameter: 16 + 2 * (+params.maximize + +(params.weightDecay !== 0)),
    statePerParameter: params.amsgrad ? 3 : 2,
  }),
});
