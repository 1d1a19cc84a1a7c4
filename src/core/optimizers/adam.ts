import { z } from 'zod';
import { real } from '../schema.js';
import { chain, type Transform } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { addWeightDecay, descend, negate, scaleByAdam } from './transforms.js';

const beta = real({ min: 0, below: 1 });

export const adam = defineOptimizer({
  kind: 'adam',
  summary: 'Adam, optionally with AMSGrad and L2 weight decay in the gradient; PyTorch’s semantics.',
  formula: 'm ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g²; x ← x - γ m̂ / (√v̂ + eps)',
  latex: String.raw`m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2, \quad x_{t+1} = x_t - \gamma \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}`,
  source: 'Kingma and Ba 2015 (arXiv:1412.6980), torch.optim.Adam',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay: real({ min: 0 }).default(0),
    amsgrad: z.boolean().default(false),
    maximize: z.boolean().default(false),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, betas, eps, weightDecay, amsgrad, maximize }) => {
    const parts: Transform[] = [];
    if (maximize) parts.push(negate);
    if (weightDecay !== 0) parts.push(addWeightDecay(weightDecay));
    return {
      transform: chain(...parts, scaleByAdam(betas[0], betas[1], eps, amsgrad), descend),
      learningRate,
      flopsPerParameter: 16 + 2 * parts.length,
      statePerParameter: amsgrad ? 3 : 2,
    };
  },
});
