import { z } from 'zod';
import { dot, scale, type Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { type Evaluate, type Transform, zerosLike } from '../transform.js';
import { lengthOf } from './lengths.js';
import { defineOptimizer, learningRate } from './optimizer.js';

interface Search {
  readonly shrink: number;
  readonly grow: number;
  readonly c: number;
  readonly maxTrials: number;
}

/** A part of |f| within which two values may be equal but for rounding. */
const ROUNDING = { single: 1e-5, double: 1e-12 } as const;

/** Armijo’s condition; the state is the rate that was accepted last, 0 before the first step. */
function lineSearch({ shrink, grow, c, maxTrials }: Search): Transform {
  /** Room for the trial point. */
  let trial: readonly Vector[] | null = null;

  /** f(x - rate g) <= f(x) - c rate ‖g‖²; where rounding hides the decrease, the same about the slope there. */
  function accepts(
    g: readonly Vector[],
    norm: number,
    f: number,
    rate: number,
    at: ReturnType<Evaluate>,
  ): boolean {
    if (at.value <= f - c * (rate * norm) * norm) return true;
    const rounding = g[0] instanceof Float32Array ? ROUNDING.single : ROUNDING.double;
    if (!(at.value <= f + rounding * Math.abs(f))) return false;
    let slope = 0;
    for (let t = 0; t < g.length; t++) slope += dot(g[t] as Vector, at.gradient[t] as Vector);
    return slope >= (2 * c - 1) * norm * norm;
  }

  return {
    init: () => [0],
    update(g, state, x, step) {
      const [last] = state as [number];
      const evaluate = step.evaluate as Evaluate;
      const norm = lengthOf(g);
      trial ??= zerosLike(x);
      let rate = last === 0 ? step.learningRate : Math.min(step.learningRate, grow * last);
      let accepted = false;
      for (let i = 0; i < maxTrials && !accepted; i++) {
        if (i > 0) rate *= shrink;
        move(x, g, rate, trial);
        accepted = accepts(g, norm, step.value, rate, evaluate(trial));
      }
      step.learningRate = accepted ? rate : 0;
      for (let t = 0; t < g.length; t++) scale(g[t] as Vector, -step.learningRate);
      return [rate];
    },
  };
}

/** out ← x - rate g */
function move(x: readonly Vector[], g: readonly Vector[], rate: number, out: readonly Vector[]): void {
  for (let t = 0; t < x.length; t++) {
    const from = x[t] as Vector;
    const along = g[t] as Vector;
    const to = out[t] as Vector;
    for (let i = 0; i < from.length; i++) to[i] = from[i] - rate * along[i];
  }
}

export const backtracking = defineOptimizer({
  kind: 'backtracking',
  summary:
    'Gradient descent that halves its learning rate until the value decreases enough; needs no constants of the objective.',
  formula:
    'x ← x - η g with the first η of a, a·shrink, a·shrink², ... with f(x - η g) <= f(x) - c η ‖g‖²; a = min(γ, grow · the last η)',
  latex: String.raw`x_{t+1} = x_t - \eta_t g_t, \quad f(x_t - \eta_t g_t) \le f(x_t) - c \, \eta_t \lVert g_t \rVert^2`,
  source: 'Armijo 1966; where rounding hides the decrease, Hager and Zhang 2005',
  params: z.strictObject({
    learningRate: learningRate
      .default(1)
      .describe('the first trial, and the greatest; a schedule changes it'),
    shrink: real({ above: 0, below: 1 }).default(0.5),
    grow: real({ min: 1 }).default(2).describe('a step first tries the last accepted rate times this'),
    c: real({ above: 0, below: 1 })
      .default(1e-4)
      .describe('1/2 asks for the decrease that the theory gives with the rate 1/L'),
    maxTrials: z
      .int()
      .min(1)
      .max(100)
      .default(30)
      .describe('without an accepted trial the step is 0, and the next goes on from there'),
  }),
  example: { learningRate: 1 },
  build: ({ learningRate, ...search }) => ({
    transform: lineSearch(search),
    learningRate,
    flopsPerParameter: 3 + 4 * search.maxTrials,
    statePerParameter: 4,
    needs: 'evaluations',
    evaluationsPerStep: search.maxTrials,
  }),
});
