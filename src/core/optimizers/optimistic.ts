import { z } from 'zod';
import { real } from '../schema.js';
import { chain, perTensor, type Transform, zeros } from '../transform.js';
import { scaleByMoments } from './moments.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { betas, eps, flag } from './parameters.js';

/** u ← -((α γ + o) g - o g₋₁), where o is `optimism`, or β γ, and g₋₁ is g at first. */
const optimisticDescent = (alpha: number, beta: number, optimism?: number): Transform =>
  perTensor(
    (x) => ({ last: zeros(x) }),
    (g, { last }, _x, { count, learningRate: rate }) => {
      const first = count === 1;
      const extra = optimism ?? beta * rate;
      const factor = alpha * rate + extra;
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        g[i] = extra * (first ? gi : last[i]) - factor * gi;
        last[i] = gi;
      }
    },
  );

const weights = { alpha: real({ min: 0 }).default(1), beta: real({ min: 0 }).default(1) };

export const optimisticGradientDescent = defineOptimizer({
  kind: 'optimisticGradientDescent',
  summary: 'Gradient descent that expects the next gradient to change as the last one did; for games.',
  formula: 'x ← x - γ ((α + β) g - β g₋₁)',
  latex: String.raw`x_{t+1} = x_t - \gamma \left((\alpha + \beta) g_t - \beta g_{t-1}\right)`,
  source: 'Mokhtari et al. 2019 (arXiv:1901.08511), optax.optimistic_gradient_descent',
  params: z.strictObject({ learningRate: learningRate.default(0.01), ...weights }),
  example: { learningRate: 0.09, beta: 0.5 },
  build: ({ learningRate, alpha, beta }) => ({
    transform: optimisticDescent(alpha, beta),
    learningRate,
    flopsPerParameter: 3,
    statePerParameter: 1,
  }),
});

export const optimisticAdam = defineOptimizer({
  kind: 'optimisticAdam',
  summary: 'Optimistic gradient descent on the directions of Adam; `optimism` is β γ whatever the schedule.',
  formula: 'd = Adam’s direction, o = optimism, or β γ; x ← x - (α γ + o) d + o d₋₁',
  latex: String.raw`d_t = \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon_r} + \varepsilon}, \quad x_{t+1} = x_t - \gamma \left((\alpha + \beta) d_t - \beta d_{t-1}\right)`,
  source: 'Daskalakis et al. 2018 (arXiv:1711.00141), optax.optimistic_adam and optimistic_adam_v2',
  params: z.strictObject({
    learningRate: learningRate.default(1e-3),
    ...weights,
    optimism: real({ min: 0 }).optional(),
    betas: betas(0.9, 0.999),
    eps: eps(1e-8),
    epsRoot: eps(0),
    nesterov: flag(true),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, alpha, beta, optimism, ...options }) => ({
    transform: chain(scaleByMoments(options), optimisticDescent(alpha, beta, optimism)),
    learningRate,
    flopsPerParameter: 20,
    statePerParameter: 3,
  }),
});
