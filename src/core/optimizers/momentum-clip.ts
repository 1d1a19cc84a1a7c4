import { z } from 'zod';
import { real } from '../schema.js';
import { chain } from '../transform.js';
import { averaged, clipLength } from './lengths.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { descend } from './transforms.js';

/** Parameters of the two optimizers that clip inside. */
export const clippedParams = {
  learningRate: learningRate.default(1e-3).describe('η'),
  threshold: real({ min: 0, infinite: true })
    .default(1)
    .describe('c = γ/η: an update is never longer than γ = learningRate · threshold'),
  smoothed: z
    .boolean()
    .default(false)
    .describe('c/(c + ‖·‖) in place of min(1, c/‖·‖), as in the authors’ code'),
};

export const momentumClip = defineOptimizer({
  kind: 'momentumClip',
  summary: 'Averages the gradients, then clips the average by its norm over all tensors.',
  formula: 'm ← β m + (1 - β) g, m = 0 at first; x ← x - min(η, γ/‖m‖) m, γ = η c',
  latex: String.raw`m_t = \beta m_{t-1} + (1 - \beta) g_t, \quad x_{t+1} = x_t - \min\left(\eta, \frac{\gamma}{\lVert m_t \rVert}\right) m_t, \quad \gamma = \eta c`,
  source: 'B. Zhang, Jin, Fang, Wang 2020 (arXiv:2010.02519)',
  params: z.strictObject({ ...clippedParams, beta: real({ min: 0, below: 1 }).default(0.9) }),
  example: { learningRate: 0.1, threshold: 1 },
  build: ({ learningRate, threshold, smoothed, beta }) => ({
    transform: chain(
      averaged(() => beta),
      {
        init: () => [],
        update(g, state) {
          clipLength(g, threshold, smoothed);
          return state;
        },
      },
      descend,
    ),
    learningRate,
    flopsPerParameter: 9,
    statePerParameter: 1,
  }),
});
