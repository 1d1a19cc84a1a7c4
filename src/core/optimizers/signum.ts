import { z } from 'zod';
import { chain } from '../transform.js';
import { average } from './moments.js';
import { beta as betaBounds, defineOptimizer, learningRate } from './optimizer.js';
import { descend, sign } from './transforms.js';

export const signum = defineOptimizer({
  kind: 'signum',
  summary: 'Sign descent on a moving average of the gradients.',
  formula: 'm ← β m + (1 - β) g; x ← x - γ sign(m)',
  latex: String.raw`m_t = \beta m_{t-1} + (1 - \beta) g_t, \quad x_{t+1} = x_t - \gamma \operatorname{sign}(m_t)`,
  source: 'Bernstein et al. 2018 (arXiv:1802.04434), optax.signum',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    beta: betaBounds.default(0.9),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, beta }) => ({
    transform: chain(average(beta), sign, descend),
    learningRate,
    flopsPerParameter: 6,
    statePerParameter: 1,
  }),
});
