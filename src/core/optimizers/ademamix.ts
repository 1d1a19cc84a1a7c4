import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { chain, perTensor, remembering, zeros } from '../transform.js';
import { debias } from './moments.js';
import { beta, defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, decay, eps } from './parameters.js';
import { descend } from './transforms.js';

export const ademamix = defineOptimizer({
  kind: 'ademamix',
  summary: 'AdEMAMix: Adam with a second, slow average of the gradients, and decoupled weight decay.',
  formula:
    'm₁ ← β₁ m₁ + (1 - β₁) g, m₂ ← β₃ m₂ + (1 - β₃) g; x ← x - γ ((m̂₁ + α m₂) / (√(v̂ + epsRoot) + eps) + λ x)',
  latex: String.raw`x_{t+1} = x_t - \gamma \left(\frac{\hat m_{1,t} + \alpha m_{2,t}}{\sqrt{\hat v_t + \varepsilon_r} + \varepsilon} + \lambda x_t\right)`,
  source: 'Pagliardini et al. 2024 (arXiv:2409.03137), optax.contrib.ademamix',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta, beta]).default([0.9, 0.999, 0.9999]),
    alpha: real({ min: 0 }).default(5),
    eps: eps(1e-8),
    epsRoot: eps(0),
    weightDecay,
  }),
  example: { learningRate: 0.01, alpha: 2 },
  build: ({ learningRate, betas: [b1, b2, b3], alpha, eps, epsRoot, weightDecay }) => ({
    transform: chain(
      perTensor(
        (x) => ({ m: zeros(x), slow: zeros(x), v: zeros(x) }),
        (g, { m, slow, v }: Record<'m' | 'slow' | 'v', Vector>, _x, { count }) => {
          const a = debias(b1, count);
          const c = debias(b2, count);
          for (let i = 0; i < g.length; i++) {
            const gi = g[i] as number;
            const mi = b1 * m[i] + (1 - b1) * gi;
            const si = b3 * slow[i] + (1 - b3) * gi;
            const vi = b2 * v[i] + (1 - b2) * gi * gi;
            m[i] = mi;
            slow[i] = si;
            v[i] = vi;
            g[i] = (mi / a + alpha * si) / (Math.sqrt(vi / c + epsRoot) + eps);
          }
        },
      ),
      ...decay(weightDecay),
      descend,
    ),
    learningRate,
    flopsPerParameter: 22,
    statePerParameter: 3,
  }),
});

export const simplifiedAdemamix = defineOptimizer({
  kind: 'simplifiedAdemamix',
  summary: 'AdEMAMix with one average, of heavy-ball form, and decoupled weight decay.',
  formula: 'm ← β₁ m + g, v ← β₂ v + (1 - β₂) g²; x ← x - γ ((m + α g) / (√(v̂ + epsRoot) + eps) + λ x)',
  latex: String.raw`m_t = \beta_1 m_{t-1} + g_t, \quad x_{t+1} = x_t - \gamma \left(\frac{m_t + \alpha g_t}{\sqrt{\hat v_t + \varepsilon_r} + \varepsilon} + \lambda x_t\right)`,
  source: 'Morwani et al. 2025 (arXiv:2502.02431), optax.contrib.simplified_ademamix',
  params: z.strictObject({
    learningRate: learningRate.default(1e-4),
    betas: betas(0.99, 0.95),
    alpha: real({ min: 0 }).default(0),
    eps: eps(1e-8),
    epsRoot: eps(0),
    weightDecay,
  }),
  example: { learningRate: 0.001 },
  build: ({ learningRate, betas: [b1, b2], alpha, eps, epsRoot, weightDecay }) => ({
    transform: chain(
      remembering(['m', 'v'], (g, { m, v }, _x, { count }) => {
        const c = debias(b2, count);
        for (let i = 0; i < g.length; i++) {
          const gi = g[i] as number;
          const mi = b1 * m[i] + gi;
          const vi = b2 * v[i] + (1 - b2) * gi * gi;
          m[i] = mi;
          v[i] = vi;
          g[i] = (mi + alpha * gi) / (Math.sqrt(vi / c + epsRoot) + eps);
        }
      }),
      ...decay(weightDecay),
      descend,
    ),
    learningRate,
    flopsPerParameter: 16,
    statePerParameter: 2,
  }),
});
