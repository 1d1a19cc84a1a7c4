import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { type State, type Transform, zerosLike } from '../transform.js';
import {
  beta,
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';

export const nAdam = defineOptimizer({
  kind: 'nAdam',
  summary: 'Adam with Nesterov momentum that warms up; PyTorch’s semantics.',
  formula:
    'μ_t = β₁ (1 - 0.96^(t ψ) / 2), Π_t = μ_1 ... μ_t; x ← x - γ (μ_{t+1} m / (1 - Π_{t+1}) + (1 - μ_t) g / (1 - Π_t)) / (√v̂ + eps)',
  latex: String.raw`\mu_t = \beta_1 \bigl(1 - \tfrac12\, 0.96^{t \psi}\bigr), \quad \hat m_t = \frac{\mu_{t+1} m_t}{1 - \prod_{i=1}^{t+1} \mu_i} + \frac{(1 - \mu_t) g_t}{1 - \prod_{i=1}^{t} \mu_i}, \quad x_{t+1} = x_t - \gamma \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}`,
  source: 'Dozat 2016, torch.optim.NAdam',
  params: z.strictObject({
    learningRate: learningRate.default(2e-3),
    betas: z.tuple([beta, beta]).default([0.9, 0.999]),
    eps: real({ min: 0 }).default(1e-8),
    weightDecay,
    momentumDecay: real({ min: 0 }).default(4e-3).describe('ψ'),
    decoupledWeightDecay,
    maximize,
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, betas, eps, momentumDecay, ...around }) => ({
    transform: descent([scaleByNAdam(betas[0], betas[1], eps, momentumDecay)], around),
    learningRate,
    flopsPerParameter: 22,
    statePerParameter: 2,
  }),
});

interface NAdamState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  /** Π μ_i over the steps so far. */
  readonly product: number;
  readonly [key: string]: State;
}

function scaleByNAdam(beta1: number, beta2: number, eps: number, decay: number): Transform {
  const mu = (count: number): number => beta1 * (1 - 0.5 * math.pow(0.96, count * decay));
  return {
    init: (tensors) => ({ m: zerosLike(tensors), v: zerosLike(tensors), product: 1 }),
    update(g, state, _x, { count }) {
      const { m, v, product: before } = state as NAdamState;
      const product = before * mu(count);
      const next = mu(count + 1);
      const ofGradient = (1 - mu(count)) / (1 - product);
      const ofMoment = next / (1 - product * next);
      const correction2 = 1 - math.pow(beta2, count);
      for (let t = 0; t < g.length; t++) {
        const u = g[t] as Vector;
        const mt = m[t] as Vector;
        const vt = v[t] as Vector;
        for (let i = 0; i < u.length; i++) {
          const gi = u[i] as number;
          const mi = mt[i] + (gi - mt[i]) * (1 - beta1);
          const vi = vt[i] * beta2 + (1 - beta2) * gi * gi;
          mt[i] = mi;
          vt[i] = vi;
          u[i] = (ofGradient * gi + ofMoment * mi) / (Math.sqrt(vi / correction2) + eps);
        }
      }
      return { m, v, product };
    },
  };
}
