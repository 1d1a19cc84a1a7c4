import { z } from 'zod';
import { chain } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { descend, sign } from './transforms.js';

export const signSgd = defineOptimizer({
  kind: 'signSgd',
  summary: 'Steps of one length in every component, by the sign of the gradient.',
  formula: 'x ← x - γ sign(g)',
  latex: String.raw`x_{t+1} = x_t - \gamma \operatorname{sign}(g_t)`,
  source: 'Bernstein et al. 2018 (arXiv:1802.04434), optax.sign_sgd',
  params: z.strictObject({ learningRate: learningRate.default(1e-3) }),
  example: { learningRate: 0.01 },
  build: ({ learningRate }) => ({
    transform: chain(sign, descend),
    learningRate,
    flopsPerParameter: 3,
    statePerParameter: 0,
  }),
});
