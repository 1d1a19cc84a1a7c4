import { z } from 'zod';
import { chain, remembering, type Transform } from '../transform.js';
import { debias, lookAhead, type MomentOptions } from './moments.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { betas, eps, flag } from './parameters.js';
import { descend } from './transforms.js';

export const adaBelief = defineOptimizer({
  kind: 'adaBelief',
  summary: 'AdaBelief: Adam whose second moment is that of the gradient around its own average.',
  formula: 'm ← β₁ m + (1 - β₁) g, s ← β₂ s + (1 - β₂) (g - m)² + epsRoot; x ← x - γ m̂ / (√ŝ + eps)',
  latex: String.raw`s_t = \beta_2 s_{t-1} + (1 - \beta_2)(g_t - m_t)^2 + \varepsilon_r, \quad x_{t+1} = x_t - \gamma \frac{\hat m_t}{\sqrt{\hat s_t} + \varepsilon}`,
  source: 'Zhuang et al. 2020 (arXiv:2010.07468), optax.adabelief',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: betas(0.9, 0.999),
    eps: eps(1e-16),
    epsRoot: eps(1e-16),
    nesterov: flag(false),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, ...options }) => ({
    transform: chain(scaleByBelief(options), descend),
    learningRate,
    flopsPerParameter: 18,
    statePerParameter: 2,
  }),
});

const scaleByBelief = ({ betas: [b1, b2], eps, epsRoot, nesterov = false }: MomentOptions): Transform =>
  remembering(['m', 'v'], (g, { m, v }, _x, { count }) => {
    const { ofMoment, ofGradient } = lookAhead(b1, count, { nesterov });
    const c = debias(b2, count);
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      const mi = b1 * m[i] + (1 - b1) * gi;
      const surprise = gi - mi;
      const vi = b2 * v[i] + (1 - b2) * surprise * surprise + epsRoot;
      m[i] = mi;
      v[i] = vi;
      g[i] = (ofMoment * mi + ofGradient * gi) / (Math.sqrt(vi / c) + eps);
    }
  });
