import { z } from 'zod';
import { lookAheadStep } from '../kernels/steps.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { lookAhead } from './moments.js';
import {
  beta,
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';
import { type Direction, rememberingDirection } from './transforms.js';

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
    decoupledWeightDecay,
    maximize,
    threshold: real({ min: 4 }).default(5).describe('of ρ, above which the adaptive part is on'),
    epsOnCorrected: z.boolean().default(false).describe('eps joins √v̂, as in Optax, not √v'),
    epsRoot: real({ min: 0 }).default(0).describe('under the root, beside v̂'),
    nesterov: z.boolean().default(false).describe('the look ahead of Dozat 2016, as in Optax'),
  }),
  example: { learningRate: 0.05 },
  build: (params) => ({
    transform: descent([scaleByRAdam(params)], params),
    learningRate: params.learningRate,
    flopsPerParameter: 24,
    statePerParameter: 2,
  }),
});

interface Options {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly threshold: number;
  readonly epsOnCorrected: boolean;
  readonly epsRoot: number;
  readonly nesterov: boolean;
}

/** eps on √v is eps / √(1 - β₂ᵗ) on √v̂. */
const scaleByRAdam = ({ betas, eps, threshold, epsOnCorrected, epsRoot, nesterov }: Options): Direction =>
  rememberingDirection(['m', 'v'], (g, { m, v }, x, { count }, descent) => {
    const [beta1, beta2] = betas;
    const power2 = math.pow(beta2, count);
    const limit = 2 / (1 - beta2) - 1;
    const rho = limit - (2 * count * power2) / (1 - power2);
    const adaptive = rho > threshold;
    const rectifier = adaptive
      ? Math.sqrt(((rho - 4) * (rho - 2) * limit) / ((limit - 4) * (limit - 2) * rho))
      : 1;
    const correction = 1 - power2;
    const factors = {
      beta1,
      beta2,
      ...lookAhead(beta1, count, { nesterov }),
      adaptive,
      rectifier,
      correction,
      epsRoot,
      eps: epsOnCorrected ? eps : eps / Math.sqrt(correction),
    };
    lookAheadStep(x, g, m, v, factors, descent);
  });
