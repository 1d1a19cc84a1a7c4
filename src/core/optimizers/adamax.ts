import { z } from 'zod';
import { adamaxStep } from '../kernels/steps.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import {
  beta,
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';
import { type Direction, rememberingDirection } from './transforms.js';

export const adamax = defineOptimizer({
  kind: 'adamax',
  summary: 'Adam with the greatest recent |g| for √v; PyTorch’s semantics.',
  formula: 'm ← β₁ m + (1 - β₁) g, u ← max(β₂ u, |g| + eps); x ← x - γ m̂ / u',
  latex: String.raw`m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t, \quad u_t = \max(\beta_2 u_{t-1}, |g_t| + \varepsilon), \quad x_{t+1} = x_t - \frac{\gamma}{1 - \beta_1^t} \frac{m_t}{u_t}`,
  source: 'Kingma and Ba 2015 (arXiv:1412.6980), torch.optim.Adamax',
  params: z.strictObject({
    learningRate: learningRate.default(2e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay,
    maximize,
    decoupledWeightDecay,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, betas, eps, ...around }) => ({
    transform: descent([scaleByAdamax(betas[0], betas[1], eps)], around),
    learningRate,
    flopsPerParameter: 13,
    statePerParameter: 2,
  }),
});

const scaleByAdamax = (beta1: number, beta2: number, eps: number): Direction =>
  rememberingDirection(['m', 'u'], (g, { m, u }, x, { count }, descent) => {
    const correction = 1 - math.pow(beta1, count);
    adamaxStep(x, g, m, u, { beta1, beta2, eps, correction }, descent);
  });
