import { z } from 'zod';
import { chain, perTensor, type Transform, zeros } from '../transform.js';
import type { MomentOptions } from './moments.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, eps } from './parameters.js';
import { descend } from './transforms.js';
import { normOf } from './trust-ratio.js';

export const novograd = defineOptimizer({
  kind: 'novograd',
  summary:
    'NovoGrad: momentum on gradients divided by a moving norm of each tensor, with decoupled weight decay.',
  formula:
    'v ← β₂ v + (1 - β₂) ‖g‖², v = ‖g‖² at first; m ← β₁ m + g / (√(v + epsRoot) + eps) + λ x; x ← x - γ m for each tensor',
  latex: String.raw`v_t = \beta_2 v_{t-1} + (1 - \beta_2) \lVert g_t \rVert^2, \quad m_t = \beta_1 m_{t-1} + \frac{g_t}{\sqrt{v_t + \varepsilon_r} + \varepsilon} + \lambda x_t, \quad x_{t+1} = x_t - \gamma m_t`,
  source: 'Ginsburg et al. 2019 (arXiv:1905.11286), optax.novograd',
  params: z.strictObject({
    learningRate: learningRate.default(0.01),
    betas: betas(0.9, 0.25),
    eps: eps(1e-6),
    epsRoot: eps(0),
    weightDecay,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, weightDecay, ...options }) => ({
    transform: chain(scaleByNovograd(options, weightDecay), descend),
    learningRate,
    flopsPerParameter: 10,
    statePerParameter: 1,
  }),
});

const scaleByNovograd = ({ betas: [b1, b2], eps, epsRoot }: MomentOptions, lambda: number): Transform =>
  perTensor(
    (x) => ({ m: zeros(x), v: 0 }),
    (g, memory, x, { count }) => {
      const { m } = memory;
      const norm = normOf(g);
      memory.v = count === 1 ? norm * norm : b2 * memory.v + (1 - b2) * norm * norm;
      const keep = count === 1 ? 0 : b1;
      const denominator = Math.sqrt(memory.v + epsRoot) + eps;
      for (let i = 0; i < g.length; i++) {
        m[i] = keep * m[i] + ((g[i] as number) / denominator + lambda * x[i]);
        g[i] = m[i] as number;
      }
    },
  );
