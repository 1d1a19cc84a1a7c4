import { z } from 'zod';
import { chain } from '../transform.js';
import { scaleByMoments } from './moments.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, decay, eps } from './parameters.js';
import { descend } from './transforms.js';
import { scaleByTrustRatio } from './trust-ratio.js';

export const lamb = defineOptimizer({
  kind: 'lamb',
  summary: 'LAMB: Adam with decoupled weight decay, with a step of each tensor in proportion to its norm.',
  formula: 'd = m̂ / (√(v̂ + epsRoot) + eps) + λ x; x ← x - γ ‖x‖ / ‖d‖ d for each tensor',
  latex: String.raw`d_t = \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon_r} + \varepsilon} + \lambda x_t, \quad x_{t+1} = x_t - \gamma \frac{\lVert x_t \rVert}{\lVert d_t \rVert} d_t`,
  source: 'You et al. 2020 (arXiv:1904.00962), optax.lamb',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-6),
    epsRoot: eps(0),
    weightDecay,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, betas, eps, epsRoot, weightDecay }) => ({
    transform: chain(
      scaleByMoments({ betas, eps, epsRoot }),
      ...decay(weightDecay),
      scaleByTrustRatio({}),
      descend,
    ),
    learningRate,
    flopsPerParameter: 24,
    statePerParameter: 2,
  }),
});
