import { z } from 'zod';
import { real } from '../schema.js';
import { chain, stateless } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { scaleByTrustRatio } from './trust-ratio.js';

export const fromage = defineOptimizer({
  kind: 'fromage',
  summary: 'Fromage: steps relative to the norm of each tensor, which stays as it is.',
  formula: 'x ← (x - γ max(‖x‖, minNorm) / max(‖g‖, minNorm) g) / √(1 + γ²) for each tensor',
  latex: String.raw`x_{t+1} = \frac{1}{\sqrt{1 + \gamma^2}} \left(x_t - \gamma \frac{\lVert x_t \rVert}{\lVert g_t \rVert} g_t\right)`,
  source: 'Bernstein et al. 2020 (arXiv:2002.03432), optax.fromage',
  params: z.strictObject({
    learningRate: learningRate.default(0.01),
    minNorm: real({ min: 0 }).default(1e-6),
  }),
  example: { learningRate: 0.05 },
  build: ({ learningRate, minNorm }) => ({
    transform: chain(scaleByTrustRatio({ minNorm }), shrinkingStep),
    learningRate,
    flopsPerParameter: 9,
    statePerParameter: 0,
  }),
});

/** u ← (x - γ g) / √(1 + γ²) - x */
const shrinkingStep = stateless((g, x, { learningRate: rate }) => {
  const shrink = 1 / Math.sqrt(1 + rate * rate);
  for (let i = 0; i < g.length; i++) g[i] = (shrink - 1) * x[i] - shrink * rate * (g[i] as number);
});
