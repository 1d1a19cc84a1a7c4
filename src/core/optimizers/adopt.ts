import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { chain, remembering, type Transform } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { betas, flag } from './parameters.js';
import { descend } from './transforms.js';

interface Options {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly nesterov: boolean;
  readonly useClipping: boolean;
}

export const adopt = defineOptimizer({
  kind: 'adopt',
  summary: 'ADOPT: Adam that divides by the second moment before this gradient, clips and then averages.',
  formula:
    'd = g / max(√v, eps), clamped to ±(t - 1)^¼ with useClipping; m ← β₁ m + (1 - β₁) d; v ← β₂ v + (1 - β₂) g², v = g² at first; x ← x - γ m',
  latex: String.raw`m_t = \beta_1 m_{t-1} + (1 - \beta_1) \operatorname{clip}\left(\frac{g_t}{\max(\sqrt{v_{t-1}}, \varepsilon)}, t^{1/4}\right), \quad x_{t+1} = x_t - \gamma m_t`,
  source: 'Taniguchi et al. 2024 (arXiv:2411.02853), optax.contrib.adopt',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    betas: betas(0.9, 0.9999),
    eps: real({ above: 0 }).default(1e-6),
    nesterov: flag(false),
    useClipping: flag(true),
  }),
  example: { learningRate: 0.02 },
  build: ({ learningRate, ...options }) => ({
    transform: chain(scaleByAdopt(options), descend),
    learningRate,
    flopsPerParameter: 14,
    statePerParameter: 2,
  }),
});

/** The first step only remembers g². */
const scaleByAdopt = ({ betas: [b1, b2], eps, nesterov, useClipping }: Options): Transform =>
  remembering(['m', 'v'], (g, { m, v }, _x, { count }) => {
    const bound = useClipping ? math.pow(count - 1, 0.25) : Infinity;
    const keep = count === 1 ? 0 : b2;
    const take = count === 1 ? 0 : 1 - b1;
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      const scaled = gi / Math.max(Math.sqrt(v[i]), eps);
      const d = Math.min(Math.max(scaled, -bound), bound);
      const mi = (1 - take) * m[i] + take * d;
      v[i] = keep * v[i] + (1 - keep) * gi * gi;
      m[i] = mi;
      g[i] = nesterov ? (1 - take) * mi + take * d : mi;
    }
  });
