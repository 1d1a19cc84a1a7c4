import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { chain, type State, type Transform, zerosLike } from '../transform.js';
import { defineOptimizer, learningRate, maximize, weightDecay } from './optimizer.js';
import { addWeightDecay, negate } from './transforms.js';

export const asgd = defineOptimizer({
  kind: 'asgd',
  summary:
    'Gradient descent with a falling step, and the average of the iterates in its state; PyTorch’s semantics.',
  formula:
    'η_1 = γ, η_{t+1} = γ / (1 + λ γ t)^α; x ← x - η_t (g + λ x); a ← a + (x - a) / max(1, t - 1 - t0)',
  latex: String.raw`x_{t+1} = x_t - \eta_t (g_t + \lambda x_t), \quad \eta_{t+1} = \frac{\gamma}{(1 + \lambda \gamma t)^\alpha}, \quad a_{t+1} = a_t + \frac{x_{t+1} - a_t}{\max(1, t - 1 - t_0)}`,
  source: 'Polyak and Juditsky 1992, torch.optim.ASGD',
  params: z.strictObject({
    learningRate: learningRate.default(1e-2),
    lambd: real({ min: 0 }).default(1e-4).describe('λ, decay of x'),
    alpha: real().default(0.75).describe('power of the falling step'),
    t0: real().default(1e6).describe('step at which the averaging starts'),
    weightDecay,
    maximize,
  }),
  example: { learningRate: 0.1 },
  build: ({ learningRate, lambd, alpha, t0, weightDecay, maximize }) => ({
    transform: chain(
      ...(maximize ? [negate] : []),
      ...(weightDecay === 0 ? [] : [addWeightDecay(weightDecay)]),
      ...(lambd === 0 ? [] : [addWeightDecay(lambd)]),
      averagedDescent(lambd, alpha, t0),
    ),
    learningRate,
    flopsPerParameter: 11,
    statePerParameter: 1,
  }),
});

interface Averaged {
  readonly average: readonly Vector[];
  /** The step to take next, which the learning rate of the step before has set; the learning rate itself at first. */
  readonly eta: number;
  readonly [key: string]: State;
}

/** u ← -η_t g, and the average follows x + u. */
const averagedDescent = (lambd: number, alpha: number, t0: number): Transform => ({
  init: (tensors) => ({ average: zerosLike(tensors), eta: 0 }),
  update(g, state, x, { count, learningRate }) {
    const { average, eta } = state as Averaged;
    const rate = count === 1 ? learningRate : eta;
    const weight = count === 1 ? 1 : 1 / Math.max(1, count - 1 - t0);
    for (let t = 0; t < g.length; t++) {
      const u = g[t] as Vector;
      const xt = x[t] as Vector;
      const a = average[t] as Vector;
      for (let i = 0; i < u.length; i++) {
        u[i] = -rate * u[i];
        const next = xt[i] + u[i];
        a[i] = weight === 1 ? next : a[i] + (next - a[i]) * weight;
      }
    }
    return { average, eta: learningRate / math.pow(1 + lambd * learningRate * count, alpha) };
  },
  average(state, x) {
    const { average, eta } = state as Averaged;
    // Before the first step.
    return (eta === 0 ? x : average).map((a) => a.slice());
  },
});
