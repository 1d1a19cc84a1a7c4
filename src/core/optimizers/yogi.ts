import { z } from 'zod';
import { real } from '../schema.js';
import { chain, perTensor, type Transform, zeros } from '../transform.js';
import { debias, type MomentOptions } from './moments.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { betas, eps } from './parameters.js';
import { descend } from './transforms.js';

export const yogi = defineOptimizer({
  kind: 'yogi',
  summary: 'Yogi: Adam whose second moment moves by at most a fixed share of g².',
  formula: 'v ← v - (1 - β₂) sign(v - g²) g²; x ← x - γ m̂ / (√(v̂ + epsRoot) + eps)',
  latex: String.raw`v_t = v_{t-1} - (1 - \beta_2) \operatorname{sign}(v_{t-1} - g_t^2) g_t^2, \quad x_{t+1} = x_t - \gamma \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon_r} + \varepsilon}`,
  source: 'Zaheer et al. 2018 (NeurIPS), optax.yogi',
  params: z.strictObject({
    learningRate: learningRate.default(0.01),
    betas: betas(0.9, 0.999),
    eps: eps(1e-3),
    epsRoot: eps(0),
    initialAccumulatorValue: real({ min: 0 }).default(1e-6),
  }),
  example: { learningRate: 0.02 },
  build: ({ learningRate, initialAccumulatorValue, ...options }) => ({
    transform: chain(scaleByYogi(options, initialAccumulatorValue), descend),
    learningRate,
    flopsPerParameter: 17,
    statePerParameter: 2,
  }),
});

/** Both moments start at `initial`, as in Optax. */
const scaleByYogi = ({ betas: [b1, b2], eps, epsRoot }: MomentOptions, initial: number): Transform =>
  perTensor(
    (x) => ({ m: zeros(x).fill(initial), v: zeros(x).fill(initial) }),
    (g, { m, v }, _x, { count }) => {
      const a = debias(b1, count);
      const c = debias(b2, count);
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        const square = gi * gi;
        const mi = b1 * m[i] + (1 - b1) * gi;
        const vi = v[i] - (1 - b2) * Math.sign(v[i] - square) * square;
        m[i] = mi;
        v[i] = vi;
        g[i] = mi / a / (Math.sqrt(vi / c + epsRoot) + eps);
      }
    },
  );
