import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { chain, type State, type Step, type Transform } from '../transform.js';
import { scaleBySecondMoment } from './moments.js';
import { beta as betaBounds, defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { decay, eps } from './parameters.js';
import { descend } from './transforms.js';

interface Options {
  readonly beta: number;
  readonly warmupSteps: number;
  readonly weightLrPower: number;
}

interface Averaging {
  /** Where the inner optimizer is; y, the parameters, lie between it and the average of its path. */
  readonly z: readonly Vector[];
  inner: State;
  weights: number;
  maxRate: number;
}

/**
 * z ← z + the step of `inner` at y; x ← (1 - c) x + c z; y ← β x + (1 - β) z, with c the share of this step's
 * weight, the greatest learning rate so far to the power `weightLrPower`.
 */
const scheduleFree = (inner: Transform, { beta, warmupSteps, weightLrPower }: Options): Transform => ({
  init: (tensors, shapes) => ({
    z: tensors.map((x) => x.slice()),
    inner: inner.init(tensors, shapes),
    weights: 0,
    maxRate: 0,
  }),
  update(g, state, y, step) {
    const memory = state as unknown as Averaging;
    const { count, learningRate: rate } = step;
    memory.maxRate = Math.max(memory.maxRate, rate * warmup(count, warmupSteps));
    const weight = math.pow(memory.maxRate, weightLrPower);
    memory.weights += weight;
    const share = memory.weights === 0 ? 0 : weight / memory.weights;
    const warm: Step = { ...step, learningRate: rate * warmup(count - 1, warmupSteps) };
    memory.inner = inner.update(g, memory.inner, y, warm);
    for (let t = 0; t < g.length; t++)
      interpolate(g[t] as Vector, y[t] as Vector, memory.z[t] as Vector, beta, share);
    return state;
  },
  average(state, y) {
    const { z } = state as unknown as Averaging;
    return y.map((yt, t) => yt.map((yi, i) => averaged(yi, (z[t] as Vector)[i] as number, beta)));
  },
});

/** x of y = β x + (1 - β) z. */
const averaged = (y: number, z: number, beta: number): number => (y - (1 - beta) * z) / beta;

/** Rises from 0 to 1 in `steps` steps. */
const warmup = (count: number, steps: number): number => (steps === 0 ? 1 : Math.min(count / steps, 1));

/** z ← z + u, then u ← the new y - y. */
function interpolate(u: Vector, y: Vector, z: Vector, beta: number, share: number): void {
  for (let i = 0; i < u.length; i++) {
    const x = averaged(y[i] as number, z[i] as number, beta);
    const zi = z[i] + u[i];
    z[i] = zi;
    u[i] = beta * ((1 - share) * x + share * zi) + (1 - beta) * zi - y[i];
  }
}

const options = {
  warmupSteps: z.int().min(0).max(0xffffffff).default(0),
  weightLrPower: real({ min: 0 }).default(2),
};
const interpolation = real({ above: 0, below: 1 });

export const scheduleFreeSgd = defineOptimizer({
  kind: 'scheduleFreeSgd',
  summary:
    'Schedule-free SGD: an average in place of a schedule; gradients are taken between both. L2 weight decay.',
  formula: 'z ← z - γ (g(y) + λ y), x ← (1 - c) x + c z, y ← β x + (1 - β) z; y are the parameters',
  latex: String.raw`z_{t+1} = z_t - \gamma \nabla f(y_t), \quad x_{t+1} = (1 - c_{t+1}) x_t + c_{t+1} z_{t+1}, \quad y_{t+1} = \beta x_{t+1} + (1 - \beta) z_{t+1}`,
  source: 'Defazio et al. 2024 (arXiv:2405.15682), optax.contrib.schedule_free_sgd',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    beta: interpolation.default(0.9),
    weightDecay,
    ...options,
  }),
  example: { learningRate: 0.1 },
  build: ({ learningRate, weightDecay, ...options }) => ({
    transform: scheduleFree(chain(...decay(weightDecay), descend), options),
    learningRate,
    flopsPerParameter: 14,
    statePerParameter: 1,
  }),
});

export const scheduleFreeAdamW = defineOptimizer({
  kind: 'scheduleFreeAdamW',
  summary: 'Schedule-free AdamW: an average in place of a schedule and of momentum; decoupled weight decay.',
  formula:
    'v ← β₂ v + (1 - β₂) g², z ← z - γ (g / (√v̂ + eps) + λ y), x ← (1 - c) x + c z, y ← β₁ x + (1 - β₁) z; y are the parameters',
  latex: String.raw`z_{t+1} = z_t - \gamma \left(\frac{g_t}{\sqrt{\hat v_t} + \varepsilon} + \lambda y_t\right), \quad x_{t+1} = (1 - c_{t+1}) x_t + c_{t+1} z_{t+1}, \quad y_{t+1} = \beta_1 x_{t+1} + (1 - \beta_1) z_{t+1}`,
  source: 'Defazio et al. 2024 (arXiv:2405.15682), optax.contrib.schedule_free_adamw',
  params: z.strictObject({
    learningRate: learningRate.default(2.5e-3),
    betas: z.tuple([interpolation, betaBounds]).default([0.9, 0.999]),
    eps: eps(1e-8),
    weightDecay,
    ...options,
  }),
  example: { learningRate: 0.02 },
  build: ({ learningRate, betas: [beta, b2], eps, weightDecay, ...options }) => ({
    transform: scheduleFree(chain(scaleBySecondMoment(b2, eps), ...decay(weightDecay), descend), {
      ...options,
      beta,
    }),
    learningRate,
    flopsPerParameter: 22,
    statePerParameter: 2,
  }),
});
