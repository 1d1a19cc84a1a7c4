import { z } from 'zod';
import { real } from '../schema.js';
import { remembering, type Transform } from '../transform.js';
import { defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';
import { momentum } from './transforms.js';

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
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, alpha, eps, momentum: mu, centered, ...around }) => ({
    transform: descent(
      [scaleByRms(alpha, eps, centered), ...(mu === 0 ? [] : [momentum(mu, 0, false)])],
      around,
    ),
    learningRate,
    flopsPerParameter: 20,
    statePerParameter: 1 + +centered + +(mu !== 0),
  }),
});

const scaleByRms = (alpha: number, eps: number, centered: boolean): Transform =>
  centered
    ? remembering(['v', 'mean'], (g, { v, mean }) => {
        for (let i = 0; i < g.length; i++) {
          const gi = g[i] as number;
          const vi = alpha * v[i] + (1 - alpha) * gi * gi;
          const mi = mean[i] + (gi - mean[i]) * (1 - alpha);
          v[i] = vi;
          mean[i] = mi;
          g[i] = gi / (Math.sqrt(vi - mi * mi) + eps);
        }
      })
    : remembering(['v'], (g, { v }) => {
        for (let i = 0; i < g.length; i++) {
          const gi = g[i] as number;
          const vi = alpha * v[i] + (1 - alpha) * gi * gi;
          v[i] = vi;
          g[i] = gi / (Math.sqrt(vi) + eps);
        }
      });
