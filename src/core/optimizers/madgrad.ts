import { z } from 'zod';
import { cbrt } from '../kernels/cbrt.js';
import { real } from '../schema.js';
import { chain, perTensor, type Transform, zeros } from '../transform.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { decay } from './parameters.js';

export const madgrad = defineOptimizer({
  kind: 'madgrad',
  summary: 'MADGRAD: momentum and dual averaging with a cube root of the sum of squares; L2 weight decay.',
  formula: 'λ = (γ + eps) √t; s ← s + λ g, v ← v + λ g²; x ← (1 - μ) (x₀ - s / (∛v + eps)) + μ x',
  latex: String.raw`\lambda_t = (\gamma + \varepsilon) \sqrt{t}, \quad s_t = s_{t-1} + \lambda_t g_t, \quad v_t = v_{t-1} + \lambda_t g_t^2, \quad x_{t+1} = (1 - \mu)\left(x_0 - \frac{s_t}{\sqrt[3]{v_t} + \varepsilon}\right) + \mu x_t`,
  source: 'Defazio and Jelassi 2021 (arXiv:2101.11075), optax.contrib.madgrad',
  params: z.strictObject({
    learningRate: learningRate.default(0.01),
    momentum: real({ min: 0, below: 1 }).default(0.9),
    weightDecay,
    eps: real({ above: 0 }).default(1e-6),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, momentum, weightDecay, eps }) => ({
    transform: chain(...decay(weightDecay), dualAveraging(momentum, eps)),
    learningRate,
    flopsPerParameter: 40,
    statePerParameter: 3,
  }),
});

const dualAveraging = (mu: number, eps: number): Transform =>
  perTensor(
    (x) => ({ x0: x.slice(), sum: zeros(x), squares: zeros(x) }),
    (g, { x0, sum, squares }, x, { count, learningRate: rate }) => {
      const weight = (rate + eps) * Math.sqrt(count);
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        const si = sum[i] + weight * gi;
        const qi = squares[i] + weight * gi * gi;
        sum[i] = si;
        squares[i] = qi;
        g[i] = (1 - mu) * (x0[i] - si / (cbrt(qi) + eps) - x[i]);
      }
    },
  );
