import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { type State, type Transform, zerosLike } from '../transform.js';
import { debias } from './moments.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas } from './parameters.js';
import { weightedSum } from './prodigy.js';

interface Options {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly estimLr0: number;
  readonly weightDecay: number;
}

interface AdaptState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  readonly sum: readonly Vector[];
  d: number;
  numerator: number;
}

export const dAdaptAdamW = defineOptimizer({
  kind: 'dAdaptAdamW',
  summary: 'D-Adaptation for Adam: estimates its own learning rate, with decoupled weight decay.',
  formula:
    'η = d γ √(1 - β₂ᵗ) / (1 - β₁ᵗ), β = √β₂; r ← β r + (1 - β) η gᵀ(s / (√v + eps)), s ← β s + (1 - β) η g; m ← β₁ m + (1 - β₁) η g; d ← max(d, r / ((1 - β) ‖s‖₁)); x ← x - m / (√v + eps) - η λ x',
  latex: String.raw`d_{t+1} = \max\left(d_t, \frac{r_t}{(1 - \sqrt{\beta_2}) \lVert s_t \rVert_1}\right), \quad x_{t+1} = x_t - \frac{m_t}{\sqrt{v_t} + \varepsilon} - \eta_t \lambda x_t`,
  source: 'Defazio and Mishchenko 2023 (arXiv:2301.07733), optax.contrib.dadapt_adamw',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    betas: betas(0.9, 0.999),
    eps: real({ above: 0 }).default(1e-8),
    estimLr0: real({ above: 0 }).default(1e-6).describe('d at first'),
    weightDecay,
  }),
  example: {},
  build: ({ learningRate, ...options }) => ({
    transform: adaptRate(options),
    learningRate,
    flopsPerParameter: 30,
    statePerParameter: 3,
  }),
});

const adaptRate = ({ betas, eps, estimLr0, weightDecay }: Options): Transform => ({
  init: (tensors): State => ({
    m: zerosLike(tensors),
    v: zerosLike(tensors),
    sum: zerosLike(tensors),
    d: estimLr0,
    numerator: 0,
  }),
  update(g, state, x, { count, learningRate }) {
    const memory = state as unknown as AdaptState;
    const { m, v, sum, d } = memory;
    const keep = Math.sqrt(betas[1]);
    const rate = (d * learningRate * Math.sqrt(debias(betas[1], count))) / debias(betas[0], count);
    const weight = (1 - keep) * rate;
    let inner = 0;
    let size = 0;
    for (let t = 0; t < g.length; t++) {
      inner += scaledProduct(g[t] as Vector, sum[t] as Vector, v[t] as Vector, eps);
      size += weightedSum(g[t] as Vector, sum[t] as Vector, keep, weight);
      adaptedStep(
        g[t] as Vector,
        m[t] as Vector,
        v[t] as Vector,
        x[t] as Vector,
        rate,
        betas,
        eps,
        weightDecay,
      );
    }
    memory.numerator = keep * memory.numerator + weight * inner;
    if (size > 0) memory.d = Math.max(d, memory.numerator / ((1 - keep) * size));
    return state;
  },
});

/** gᵀ(s / (√v + eps)) */
function scaledProduct(g: Vector, s: Vector, v: Vector, eps: number): number {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum += (g[i] * s[i]) / (Math.sqrt(v[i]) + eps);
  return sum;
}

function adaptedStep(
  g: Vector,
  m: Vector,
  v: Vector,
  x: Vector,
  rate: number,
  betas: readonly [number, number],
  eps: number,
  lambda: number,
): void {
  const [b1, b2] = betas;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = b1 * m[i] + (1 - b1) * rate * gi;
    const vi = b2 * v[i] + (1 - b2) * gi * gi;
    m[i] = mi;
    v[i] = vi;
    g[i] = -lambda * rate * x[i] - mi / (Math.sqrt(vi) + eps);
  }
}
