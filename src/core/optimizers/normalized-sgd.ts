import { z } from 'zod';
import { scale } from '../kernels/vector.js';
import { real } from '../schema.js';
import { chain, stateless, type Transform } from '../transform.js';
import { averaged, normalize } from './lengths.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { descend } from './transforms.js';

const MOMENTUM = 0.9;

/** g ← t^(-3/4) g */
const decay: Transform = stateless((g, _x, { count }) => {
  const root = Math.sqrt(count);
  scale(g, 1 / (root * Math.sqrt(root)));
});

export const normalizedSgd = defineOptimizer({
  kind: 'normalizedSgd',
  summary: 'Averages the gradients, then goes a step of fixed length along the average.',
  formula: 'm ← β m + (1 - β) g, m = 0 at first; x ← x - η m / (‖m‖ + epsilon)',
  latex: String.raw`m_t = \beta m_{t-1} + (1 - \beta) g_t, \quad x_{t+1} = x_t - \eta \frac{m_t}{\lVert m_t \rVert + \varepsilon}`,
  source: 'Cutkosky and Mehta 2020 (arXiv:2002.03305), Hübler et al. 2024 (arXiv:2311.03252)',
  params: z
    .strictObject({
      learningRate: learningRate.default(1e-3),
      momentum: real({ min: 0, below: 1 })
        .optional()
        .describe(`β; ${MOMENTUM} when absent, 0 normalises the gradient itself`),
      epsilon: real({ min: 0 }).default(0),
      parameterAgnostic: z
        .boolean()
        .default(false)
        .describe('η t^(-3/4) for η and 1 - t^(-1/2) for β at step t = 1, 2, ...; the authors take η = 1/7'),
    })
    .check(({ value, issues }) => {
      if (value.parameterAgnostic && value.momentum !== undefined)
        issues.push({
          code: 'custom',
          message: 'is 1 - t^(-1/2) with parameterAgnostic; leave one of the two out',
          input: value.momentum,
          path: ['momentum'],
        });
    }),
  example: { learningRate: 0.05 },
  build: ({ learningRate, momentum = MOMENTUM, epsilon, parameterAgnostic }) => {
    const averages = parameterAgnostic
      ? [averaged((count) => 1 - 1 / Math.sqrt(count))]
      : momentum === 0
        ? []
        : [averaged(() => momentum)];
    return {
      transform: chain(...averages, normalize(epsilon), ...(parameterAgnostic ? [decay] : []), descend),
      learningRate,
      flopsPerParameter: 4 + 4 * averages.length,
      statePerParameter: averages.length,
    };
  },
});
