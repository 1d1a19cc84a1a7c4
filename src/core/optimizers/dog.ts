import { z } from 'zod';
import { norm2 } from '../kernels/norm.js';
import { scale, type Vector } from '../kernels/vector.js';
import { oneOf } from '../plugin.js';
import { real } from '../schema.js';
import { chain, type Transform } from '../transform.js';
import { defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { decay, eps } from './parameters.js';
import { descend } from './transforms.js';

/** Where it started, and what it has seen of all tensors together. */
interface Travel {
  readonly x0: readonly Vector[];
  distance: number;
  squares: number;
}

const normOf = (tensors: readonly Vector[]): number => norm2(tensors, new Float64Array(tensors.length));

/** ‖x - x₀‖² */
function squaredDistance(x: readonly Vector[], x0: readonly Vector[]): number {
  let sum = 0;
  for (let t = 0; t < x.length; t++) sum += squaredDifference(x[t] as Vector, x0[t] as Vector);
  return sum;
}

function squaredDifference(x: Vector, y: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) * (x[i] - y[i]);
  return sum;
}

/** u ← rate · g, with the rate that `rateOf` makes of the journey and ‖g‖². */
const scaleByTravel = (
  distance: (x: readonly Vector[]) => number,
  rateOf: (travel: Travel, x: readonly Vector[], square: number, count: number) => number,
): Transform => ({
  init: (x) => ({ x0: x.map((tensor) => tensor.slice()), distance: distance(x), squares: 0 }),
  update(g, state, x, { count }) {
    const norm = normOf(g);
    const rate = rateOf(state as unknown as Travel, x, norm * norm, count);
    for (let t = 0; t < g.length; t++) scale(g[t] as Vector, rate);
    return state;
  },
});

/** The distance that the first step takes for r, relative to 1 + ‖x₀‖ or not, or else its learning rate. */
const initStep = oneOf('initial step', {
  distance: real({ above: 0 }),
  heuristic: real({ above: 0 }),
  learningRate: real({ above: 0 }),
});

export const dog = defineOptimizer({
  kind: 'dog',
  summary: 'Distance over gradients: no learning rate to tune; L2 weight decay.',
  formula: 'r = max ‖x_k - x₀‖ so far, G = Σ ‖g_k‖²; x ← x - γ r / √(G + eps) g',
  latex: String.raw`x_{t+1} = x_t - \gamma \frac{\max_{k \le t} \lVert x_k - x_0 \rVert}{\sqrt{\sum_{k \le t} \lVert g_k \rVert^2 + \varepsilon}} g_t`,
  source: 'Ivgi et al. 2023 (arXiv:2302.12022), optax.contrib.dog',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    initStep: initStep.default({ heuristic: 1e-6 }),
    eps: eps(1e-8),
    weightDecay,
  }),
  example: {},
  build: ({ learningRate, initStep: { distance, heuristic, learningRate: first }, eps, weightDecay }) => ({
    transform: chain(
      ...decay(weightDecay),
      scaleByTravel(
        (x) => (distance as number | undefined) ?? ((heuristic as number | undefined) ?? 0) * (1 + normOf(x)),
        (travel, x, square, count) => {
          travel.distance = Math.max(travel.distance, Math.sqrt(squaredDistance(x, travel.x0)));
          travel.squares += square;
          if (first !== undefined && count === 1) return first as number;
          return travel.distance === 0 ? 0 : travel.distance / Math.sqrt(travel.squares + eps);
        },
      ),
      descend,
    ),
    learningRate,
    flopsPerParameter: 8,
    statePerParameter: 1,
  }),
});

export const dowg = defineOptimizer({
  kind: 'dowg',
  summary: 'Distance over weighted gradients: no learning rate to tune; L2 weight decay.',
  formula: 'r² = max ‖x_k - x₀‖² so far, v ← v + r² ‖g‖²; x ← x - γ r² / (√v + eps) g',
  latex: String.raw`v_t = v_{t-1} + \bar r_t^2 \lVert g_t \rVert^2, \quad x_{t+1} = x_t - \gamma \frac{\bar r_t^2}{\sqrt{v_t} + \varepsilon} g_t`,
  source: 'Khaled et al. 2023 (arXiv:2305.16284), optax.contrib.dowg',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    initEstimSqDist: real({ above: 0 }).optional().describe('r² of the first step; eps when absent'),
    eps: real({ above: 0 }).default(1e-4),
    weightDecay,
  }),
  example: {},
  build: ({ learningRate, initEstimSqDist, eps, weightDecay }) => ({
    transform: chain(
      ...decay(weightDecay),
      scaleByTravel(
        () => initEstimSqDist ?? eps,
        (travel, x, square) => {
          travel.distance = Math.max(travel.distance, squaredDistance(x, travel.x0));
          travel.squares += travel.distance * square;
          return travel.distance / (Math.sqrt(travel.squares) + eps);
        },
      ),
      descend,
    ),
    learningRate,
    flopsPerParameter: 8,
    statePerParameter: 1,
  }),
});
