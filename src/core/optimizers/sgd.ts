import { z } from 'zod';
import { real } from '../schema.js';
import {
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';
import { momentum } from './transforms.js';

export const sgd = defineOptimizer({
  kind: 'sgd',
  summary:
    'Gradient descent with optional momentum, and weight decay in the gradient or, as in SGDW, beside it; PyTorch’s semantics.',
  formula:
    'b ← μ b + (1 - dampening)(g + λ x), b = g at first; x ← x - γ b, or x - γ (g + μ b) with nesterov',
  latex: String.raw`b_t = \mu b_{t-1} + (1 - d)(g_t + \lambda x_t), \quad x_{t+1} = x_t - \gamma b_t`,
  source: 'torch.optim.SGD',
  params: z
    .strictObject({
      learningRate: learningRate.default(1e-3),
      momentum: real({ min: 0 }).default(0),
      dampening: real().default(0),
      nesterov: z.boolean().default(false),
      weightDecay,
      maximize,
      decoupledWeightDecay,
    })
    .check(({ value, issues }) => {
      if (value.nesterov && (value.momentum === 0 || value.dampening !== 0))
        issues.push({
          code: 'custom',
          message: 'nesterov needs momentum > 0 and dampening = 0',
          input: value.nesterov,
          path: ['nesterov'],
        });
    }),
  example: { learningRate: 0.05, momentum: 0.9 },
  build: ({ learningRate, momentum: mu, dampening, nesterov, ...around }) => ({
    transform: descent(mu === 0 ? [] : [momentum(mu, dampening, nesterov)], around),
    learningRate,
    flopsPerParameter: 2 + 3 * (+around.maximize + +(around.weightDecay !== 0) + +(mu !== 0)),
    statePerParameter: mu === 0 ? 0 : 1,
  }),
});
