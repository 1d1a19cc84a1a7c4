import { z } from 'zod';
import { rootStep } from '../kernels/steps.js';
import { real } from '../schema.js';
import { defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';
import { type Direction, rememberingDirection } from './transforms.js';

export const adagrad = defineOptimizer({
  kind: 'adagrad',
  summary: 'The gradient over the root of the sum of its squares; PyTorch’s semantics.',
  formula: 's ← s + g²; x ← x - γ / (1 + (t - 1) η) · g / (√s + eps)',
  latex: String.raw`s_t = s_{t-1} + g_t^2, \quad x_{t+1} = x_t - \frac{\gamma}{1 + (t - 1) \eta} \frac{g_t}{\sqrt{s_t} + \varepsilon}`,
  source: 'Duchi et al. 2011 (JMLR 12), torch.optim.Adagrad',
  params: z.strictObject({
    learningRate: learningRate.default(1e-2),
    lrDecay: real({ min: 0 }).default(0).describe('η'),
    weightDecay,
    initialAccumulatorValue: real({ min: 0 }).default(0).describe('s before the first step'),
    eps: real({ min: 0 }).default(1e-10),
    maximize,
    epsInsideSqrt: z.boolean().default(false).describe('√(s + eps), as in Optax'),
  }),
  example: { learningRate: 0.5 },
  build: ({ learningRate, lrDecay, initialAccumulatorValue, eps, epsInsideSqrt, ...around }) => ({
    transform: descent([scaleByAdagrad(lrDecay, initialAccumulatorValue, eps, epsInsideSqrt)], around),
    learningRate,
    flopsPerParameter: 11,
    statePerParameter: 1,
  }),
});

const scaleByAdagrad = (decay: number, initial: number, eps: number, insideSqrt: boolean): Direction => {
  const [inside, outside] = insideSqrt ? [eps, 0] : [0, eps];
  return rememberingDirection(['sum'], (g, { sum }, x, { count }, descent) => {
    if (count === 1) sum.fill(initial);
    const factor = 1 / (1 + (count - 1) * decay);
    const factors = { keep: 1, take: 1, factor, correction: 1, inside, outside, zeroAtZero: true };
    rootStep(x, g, sum, factors, descent);
  });
};
