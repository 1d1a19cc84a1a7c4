import { z } from 'zod';
import { real } from '../schema.js';
import { remembering, type Transform } from '../transform.js';
import { defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';

export const adadelta = defineOptimizer({
  kind: 'adadelta',
  summary:
    'Steps as long as the recent ones, over the root mean square of the gradient; PyTorch’s semantics.',
  formula: 'v ← ρ v + (1 - ρ) g², d = √(a + eps) / √(v + eps) · g, a ← ρ a + (1 - ρ) d²; x ← x - γ d',
  latex: String.raw`v_t = \rho v_{t-1} + (1 - \rho) g_t^2, \quad d_t = \frac{\sqrt{a_{t-1} + \varepsilon}}{\sqrt{v_t + \varepsilon}} g_t, \quad a_t = \rho a_{t-1} + (1 - \rho) d_t^2, \quad x_{t+1} = x_t - \gamma d_t`,
  source: 'Zeiler 2012 (arXiv:1212.5701), torch.optim.Adadelta',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    rho: real({ min: 0, max: 1 }).default(0.9),
    eps: real({ min: 0 }).default(1e-6),
    weightDecay,
    maximize,
  }),
  example: { learningRate: 5 },
  build: ({ learningRate, rho, eps, ...around }) => ({
    transform: descent([scaleByAdadelta(rho, eps)], around),
    learningRate,
    flopsPerParameter: 18,
    statePerParameter: 2,
  }),
});

const scaleByAdadelta = (rho: number, eps: number): Transform =>
  remembering(['v', 'a'], (g, { v, a }) => {
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      const vi = rho * v[i] + (1 - rho) * gi * gi;
      const d = (Math.sqrt(a[i] + eps) / Math.sqrt(vi + eps)) * gi;
      v[i] = vi;
      a[i] = rho * a[i] + (1 - rho) * d * d;
      g[i] = d;
    }
  });
