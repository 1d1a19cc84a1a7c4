import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { remembering, type Transform } from '../transform.js';
import { beta, defineOptimizer, descent, learningRate, maximize, weightDecay } from './optimizer.js';

export const rAdam = defineOptimizer({
  kind: 'rAdam',
  summary: 'Adam whose adaptive part sets in once its variance is under control; PyTorch’s semantics.',
  formula:
    'ρ∞ = 2 / (1 - β₂) - 1, ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ); x ← x - γ m̂ r √(1 - β₂ᵗ) / (√v + eps) if ρ > 5, r² = (ρ-4)(ρ-2)ρ∞ / ((ρ∞-4)(ρ∞-2)ρ), else x - γ m̂',
  latex: String.raw`\rho_\infty = \frac{2}{1 - \beta_2} - 1, \quad \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \quad x_{t+1} = x_t - \gamma \hat m_t \cdot \begin{cases} \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}} \frac{\sqrt{1 - \beta_2^t}}{\sqrt{v_t} + \varepsilon} & \rho_t > 5 \\ 1 & \text{else} \end{cases}`,
  source: 'Liu et al. 2020 (arXiv:1908.03265), torch.optim.RAdam',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay,
    decoupledWeightDecay: z.boolean().default(false),
    maximize,
  }),
  example: { learningRate: 0.05 },
  build: ({ learningRate, betas, eps, ...around }) => ({
    transform: descent([scaleByRAdam(betas[0], betas[1], eps)], around),
    learningRate,
    flopsPerParameter: 20,
    statePerParameter: 2,
  }),
});

const scaleByRAdam = (beta1: number, beta2: number, eps: number): Transform =>
  remembering(['m', 'v'], (g, { m, v }, _x, { count }) => {
    const correction1 = 1 - math.pow(beta1, count);
    const power2 = math.pow(beta2, count);
    const limit = 2 / (1 - beta2) - 1;
    const rho = limit - (2 * count * power2) / (1 - power2);
    const adaptive = rho > 5;
    const rectifier = adaptive
      ? Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho))
      : 1;
    const factor = adaptive ? rectifier * Math.sqrt(1 - power2) : 1;
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      const mi = m[i] + (gi - m[i]) * (1 - beta1);
      const vi = v[i] * beta2 + (1 - beta2) * gi * gi;
      m[i] = mi;
      v[i] = vi;
      g[i] = (mi / correction1) * (adaptive ? factor / (Math.sqrt(vi) + eps) : 1);
    }
  });
