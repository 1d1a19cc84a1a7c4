import { z } from 'zod';
import { rootStep } from '../kernels/steps.js';
import { real } from '../schema.js';
import { remembering, type Transform } from '../transform.js';
import { debias } from './moments.js';
import { defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';
import { momentum, rememberingDirection } from './transforms.js';

export const rmsprop = defineOptimizer({
  kind: 'rmsprop',
  summary:
    'The gradient over the root of its mean square, or of its variance when centered; PyTorch’s semantics.',
  formula:
    'v ← α v + (1 - α) g²; d = g / (√v + eps), centered: √(v - ḡ²) for √v with ḡ ← α ḡ + (1 - α) g; b ← μ b + d; x ← x - γ b',
  latex: String.raw`v_t = \alpha v_{t-1} + (1 - \alpha) g_t^2, \quad b_t = \mu b_{t-1} + \frac{g_t}{\sqrt{v_t} + \varepsilon}, \quad x_{t+1} = x_t - \gamma b_t`,
  source: 'Hinton 2012 (Coursera, lecture 6), Graves 2013 (arXiv:1308.0850), torch.optim.RMSprop',
  params: z.strictObject({
    learningRate: learningRate.default(1e-2),
    alpha: real({ min: 0, max: 1 }).default(0.99),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay,
    momentum: real({ min: 0 }).default(0),
    centered: z.boolean().default(false),
    maximize,
    epsInsideSqrt: z.boolean().default(false).describe('√(v + eps), as in Optax'),
    initialScale: real({ min: 0 }).default(0).describe('v before the first step'),
    biasCorrection: z.boolean().default(false).describe('of v and ḡ, by 1 - αᵗ'),
    nesterov: z.boolean().default(false),
  }),
  example: { learningRate: 0.01 },
  build: (params) => ({
    transform: descent(
      [scaleByRms(params), ...(params.momentum === 0 ? [] : [momentum(params.momentum, 0, params.nesterov)])],
      params,
    ),
    learningRate: params.learningRate,
    flopsPerParameter: 22,
    statePerParameter: 1 + +params.centered + +(params.momentum !== 0),
  }),
});

interface Options {
  readonly alpha: number;
  readonly eps: number;
  readonly centered: boolean;
  readonly epsInsideSqrt: boolean;
  readonly initialScale: number;
  readonly biasCorrection: boolean;
}

function scaleByRms({
  alpha,
  eps,
  centered,
  epsInsideSqrt,
  initialScale,
  biasCorrection,
}: Options): Transform {
  const inside = epsInsideSqrt ? eps : 0;
  const outside = epsInsideSqrt ? 0 : eps;
  const correctionAt = (count: number): number => (biasCorrection ? debias(alpha, count) : 1);
  if (centered)
    return remembering(['v', 'mean'], (g, { v, mean }, _x, { count }) => {
      if (count === 1) v.fill(initialScale);
      const correction = correctionAt(count);
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        const vi = alpha * v[i] + (1 - alpha) * gi * gi;
        const mi = mean[i] + (gi - mean[i]) * (1 - alpha);
        v[i] = vi;
        mean[i] = mi;
        const center = mi / correction;
        g[i] = gi / (Math.sqrt(vi / correction - center * center + inside) + outside);
      }
    });
  return rememberingDirection(['v'], (g, { v }, x, { count }, descent) => {
    if (count === 1) v.fill(initialScale);
    const correction = correctionAt(count);
    const factors = {
      keep: alpha,
      take: 1 - alpha,
      factor: 1,
      correction,
      inside,
      outside,
      zeroAtZero: false,
    };
    rootStep(x, g, v, factors, descent);
  });
}
