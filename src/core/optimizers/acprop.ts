import { z } from 'zod';
import { chain, remembering, type Transform } from '../transform.js';
import { debias, type MomentOptions } from './moments.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, decay, eps } from './parameters.js';
import { descend } from './transforms.js';

export const acprop = defineOptimizer({
  kind: 'acprop',
  summary: 'ACProp: the gradient divided by the deviation that the gradients before it had, and no momentum.',
  formula:
    'u = g / (√ŝ + eps), or g at first; s ← β₂ s + (1 - β₂) (g - m)² + epsRoot, m ← β₁ m + (1 - β₁) g; x ← x - γ (u + λ x)',
  latex: String.raw`x_{t+1} = x_t - \gamma \left(\frac{g_t}{\sqrt{\hat s_{t-1}} + \varepsilon} + \lambda x_t\right), \quad s_t = \beta_2 s_{t-1} + (1 - \beta_2)(g_t - m_{t-1})^2 + \varepsilon_r`,
  source: 'Zhuang et al. 2021 (arXiv:2110.05454), optax.contrib.acprop',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-16),
    epsRoot: eps(1e-16),
    weightDecay,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, weightDecay, ...options }) => ({
    transform: chain(scaleByPastDeviation(options), ...decay(weightDecay), descend),
    learningRate,
    flopsPerParameter: 16,
    statePerParameter: 2,
  }),
});

const scaleByPastDeviation = ({ betas: [b1, b2], eps, epsRoot }: MomentOptions): Transform =>
  remembering(['m', 'v'], (g, { m, v }, _x, { count }) => {
    const first = count === 1;
    const c = debias(b2, count - 1);
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      const surprise = gi - m[i];
      const past = first ? 1 : v[i] / c;
      v[i] = b2 * v[i] + (1 - b2) * surprise * surprise + epsRoot;
      m[i] = b1 * m[i] + (1 - b1) * gi;
      g[i] = gi / (Math.sqrt(past) + eps);
    }
  });
