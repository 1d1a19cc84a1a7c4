import { z } from 'zod';
import { real } from '../schema.js';
import { chain } from '../transform.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { decay, eps, flag } from './parameters.js';
import { descend, momentum } from './transforms.js';
import { scaleByTrustRatio } from './trust-ratio.js';

export const lars = defineOptimizer({
  kind: 'lars',
  summary: 'LARS: momentum, with a step of each tensor in proportion to its norm.',
  formula: 'd = g + λ x, b ← μ b - γ trust ‖x‖ / (‖d‖ + eps) d for each tensor; x ← x + b',
  latex: String.raw`d_t = g_t + \lambda x_t, \quad b_t = \mu b_{t-1} - \gamma \eta \frac{\lVert x_t \rVert}{\lVert d_t \rVert + \varepsilon} d_t, \quad x_{t+1} = x_t + b_t`,
  source: 'You et al. 2017 (arXiv:1708.03888), optax.lars',
  params: z.strictObject({
    learningRate: learningRate.default(0.1),
    weightDecay,
    trustCoefficient: real({ min: 0 }).default(0.001),
    eps: eps(0),
    momentum: real({ min: 0 }).default(0.9),
    nesterov: flag(false),
  }),
  example: { learningRate: 0.1, trustCoefficient: 0.1 },
  build: ({ learningRate, weightDecay, trustCoefficient, eps, momentum: mu, nesterov }) => ({
    transform: chain(
      ...decay(weightDecay),
      scaleByTrustRatio({ trustCoefficient, eps }),
      descend,
      momentum(mu, 0, nesterov),
    ),
    learningRate,
    flopsPerParameter: 14,
    statePerParameter: 1,
  }),
});
