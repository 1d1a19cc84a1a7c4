import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { type State, type Transform, zerosLike } from '../transform.js';
import { debias } from './moments.js';
import { beta, defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, eps, flag } from './parameters.js';

interface Options {
  readonly betas: readonly [number, number];
  readonly beta3: number;
  readonly eps: number;
  readonly estimLr0: number;
  readonly estimLrCoef: number;
  readonly weightDecay: number;
  readonly safeguardWarmup: boolean;
}

interface ProdigyState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  readonly sum: readonly Vector[];
  readonly x0: readonly Vector[];
  /** The estimate d of the distance to the solution, and the numerator of the next one. */
  d: number;
  numerator: number;
}

export const prodigy = defineOptimizer({
  kind: 'prodigy',
  summary:
    'Prodigy: Adam that estimates its own learning rate from the distance travelled, with decoupled weight decay.',
  formula:
    'm, v: moments of d g; r ← β₃ r + (d / d₀) η gᵀ(x₀ - x), s ← β₃ s + (d / d₀) η g with η = d γ √(1 - β₂ᵗ) / (1 - β₁ᵗ); d ← max(d, coef r / ‖s‖₁); x ← x - η (m / (√v + d eps) + λ x)',
  latex: String.raw`d_{t+1} = \max\left(d_t, c \frac{r_t}{\lVert s_t \rVert_1}\right), \quad x_{t+1} = x_t - \eta_t \left(\frac{m_t}{\sqrt{v_t} + d_{t+1} \varepsilon} + \lambda x_t\right)`,
  source: 'Mishchenko and Defazio 2023 (arXiv:2306.06101), optax.contrib.prodigy',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    betas: betas(0.9, 0.999),
    beta3: beta.optional().describe('√β₂ when absent'),
    eps: eps(1e-8),
    estimLr0: real({ above: 0 }).default(1e-6).describe('d at first'),
    estimLrCoef: real({ above: 0 }).default(1),
    weightDecay,
    safeguardWarmup: flag(false),
  }),
  example: {},
  build: ({ learningRate, beta3, ...options }) => ({
    transform: adaptDistance({ ...options, beta3: beta3 ?? Math.sqrt(options.betas[1]) }),
    learningRate,
    flopsPerParameter: 32,
    statePerParameter: 4,
  }),
});

function adaptDistance(options: Options): Transform {
  const { betas, beta3, eps, estimLr0, estimLrCoef, weightDecay, safeguardWarmup } = options;
  return {
    init: (tensors): State => ({
      m: zerosLike(tensors),
      v: zerosLike(tensors),
      sum: zerosLike(tensors),
      x0: tensors.map((x) => x.slice()),
      d: estimLr0,
      numerator: 0,
    }),
    update(g, state, x, { count, learningRate }) {
      const memory = state as unknown as ProdigyState;
      const { m, v, sum, x0, d } = memory;
      const rate = (d * learningRate * Math.sqrt(debias(betas[1], count))) / debias(betas[0], count);
      const weight = ((safeguardWarmup ? d : rate) * d) / estimLr0;
      let inner = 0;
      let size = 0;
      for (let t = 0; t < g.length; t++) {
        inner += progress(g[t] as Vector, x[t] as Vector, x0[t] as Vector);
        accumulate(g[t] as Vector, m[t] as Vector, v[t] as Vector, d, betas);
        size += weightedSum(g[t] as Vector, sum[t] as Vector, beta3, weight);
      }
      memory.numerator = beta3 * memory.numerator + (d / estimLr0) * rate * inner;
      if (size > 0) memory.d = Math.max(d, (estimLrCoef * memory.numerator) / size);
      const floor = memory.d * eps;
      for (let t = 0; t < g.length; t++)
        adaptiveStep(
          g[t] as Vector,
          m[t] as Vector,
          v[t] as Vector,
          x[t] as Vector,
          rate,
          weightDecay,
          floor,
        );
      return state;
    },
  };
}

/** gᵀ(x₀ - x) */
function progress(g: Vector, x: Vector, x0: Vector): number {
  let sum = 0;
  for (let i = 0; i < g.length; i++) sum += g[i] * (x0[i] - x[i]);
  return sum;
}

/** The moments of d g. */
function accumulate(g: Vector, m: Vector, v: Vector, d: number, betas: readonly [number, number]): void {
  const [b1, b2] = betas;
  for (let i = 0; i < g.length; i++) {
    const gi = d * g[i];
    m[i] = b1 * m[i] + (1 - b1) * gi;
    v[i] = b2 * v[i] + (1 - b2) * gi * gi;
  }
}

/** s ← keep s + weight g; returns ‖s‖₁. */
export function weightedSum(g: Vector, s: Vector, keep: number, weight: number): number {
  let size = 0;
  for (let i = 0; i < g.length; i++) {
    s[i] = keep * s[i] + weight * g[i];
    size += Math.abs(s[i]);
  }
  return size;
}

/** u ← -rate (m / (√v + floor) + λ x), 0 where m and v are 0 still. */
function adaptiveStep(
  u: Vector,
  m: Vector,
  v: Vector,
  x: Vector,
  rate: number,
  lambda: number,
  floor: number,
): void {
  for (let i = 0; i < u.length; i++) u[i] = -rate * (m[i] / (Math.sqrt(v[i]) + floor) + lambda * x[i]);
}
