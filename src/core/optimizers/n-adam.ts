import { z } from 'zod';
import { lookAheadStep } from '../kernels/steps.js';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { type State, zerosLike } from '../transform.js';
import {
  beta,
  decoupledWeightDecay,
  defineOptimizer,
  descent,
  learningRate,
  maximize,
  weightDecay,
} from './optimizer.js';
import { type Direction, direction } from './transforms.js';

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

function scaleByNAdam(beta1: number, beta2: number, eps: number, decay: number): Direction {
  const mu = (count: number): number => beta1 * (1 - 0.5 * math.pow(0.96, count * decay));
  return direction(
    (tensors) => ({ m: zerosLike(tensors), v: zerosLike(tensors), product: 1 }),
    (g, state, x, { count }, descent) => {
      const { m, v, product: before } = state as NAdamState;
      const product = before * mu(count);
      const next = mu(count + 1);
      const factors = {
        beta1,
        beta2,
        ofMoment: next / (1 - product * next),
        ofGradient: (1 - mu(count)) / (1 - product),
        adaptive: true,
        rectifier: 1,
        correction: 1 - math.pow(beta2, count),
        epsRoot: 0,
        eps,
      };
      for (let t = 0; t < g.length; t++)
        lookAheadStep(x[t] as Vector, g[t] as Vector, m[t] as Vector, v[t] as Vector, factors, descent);
      return { m, v, product };
    },
  );
}
