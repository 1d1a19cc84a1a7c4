import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { chain, perTensor, zeros } from '../transform.js';
import { debias } from './moments.js';
import { beta, defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { decay, eps } from './parameters.js';
import { descend } from './transforms.js';

interface Options {
  readonly betas: readonly [number, number, number];
  readonly eps: number;
  readonly epsRoot: number;
}

export const adan = defineOptimizer({
  kind: 'adan',
  summary: 'Adan: Nesterov momentum by way of the differences of gradients, with decoupled weight decay.',
  formula:
    'd = g - g₋₁; m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) d, n ← β₃ n + (1 - β₃) (g + (1 - β₂) d)²; x ← x - γ ((m̂ + (1 - β₂) v̂) / (√(n̂ + epsRoot) + eps) + λ x)',
  latex: String.raw`x_{t+1} = x_t - \gamma \left(\frac{\hat m_t + (1 - \beta_2) \hat v_t}{\sqrt{\hat n_t + \varepsilon_r} + \varepsilon} + \lambda x_t\right)`,
  source: 'Xie et al. 2022 (arXiv:2208.06677), optax.adan',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta, beta]).default([0.98, 0.92, 0.99]),
    eps: eps(1e-8),
    epsRoot: eps(1e-8),
    weightDecay,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, weightDecay, ...options }) => ({
    transform: chain(scaleByAdan(options), ...decay(weightDecay), descend),
    learningRate,
    flopsPerParameter: 26,
    statePerParameter: 4,
  }),
});

const scaleByAdan = ({ betas: [b1, b2, b3], eps, epsRoot }: Options) =>
  perTensor(
    (x) => ({ m: zeros(x), v: zeros(x), n: zeros(x), last: zeros(x) }),
    (g, { m, v, n, last }: Record<'m' | 'v' | 'n' | 'last', Vector>, _x, { count }) => {
      const first = count === 1;
      const a = debias(b1, count);
      const b = (1 - b2) / debias(b2, count);
      const c = debias(b3, count);
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        const difference = first ? 0 : gi - last[i];
        const ahead = gi + (1 - b2) * difference;
        const mi = b1 * m[i] + (1 - b1) * gi;
        const vi = b2 * v[i] + (1 - b2) * difference;
        const ni = b3 * n[i] + (1 - b3) * ahead * ahead;
        m[i] = mi;
        v[i] = vi;
        n[i] = ni;
        last[i] = gi;
        g[i] = (mi / a + b * vi) / (Math.sqrt(ni / c + epsRoot) + eps);
      }
    },
  );
