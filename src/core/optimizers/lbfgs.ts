import { z } from 'zod';
import { axpy, dot, maxAbs, type Vector } from '../kernels/vector.js';
import { split } from '../probe.js';
import { real } from '../schema.js';
import type { Evaluate, State, Transform } from '../transform.js';
import { descentDirection, type InverseHessian, learn } from './inverse-hessian.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { type LinePoint, POINTS, strongWolfe } from './strong-wolfe.js';

const MAX_COUNT = 4294967295;

export const lbfgs = defineOptimizer({
  kind: 'lbfgs',
  summary:
    'Limited-memory BFGS: up to maxIter quasi-Newton steps in one, each along -H g; only in runs, PyTorch’s semantics.',
  formula: 'x ← x - t H g, H from the last historySize pairs s = Δx, y = Δg; t = γ or a strong Wolfe step',
  latex: String.raw`x_{t+1} = x_t - t_t H_t \nabla f(x_t), \quad H_{t+1} = (I - \rho s y^\top) H_t (I - \rho y s^\top) + \rho s s^\top, \quad \rho = 1 / (y^\top s)`,
  source: 'Liu and Nocedal 1989, torch.optim.LBFGS',
  params: z.strictObject({
    learningRate: learningRate.default(1),
    maxIter: z.int().min(1).max(MAX_COUNT).default(20).describe('quasi-Newton steps in one step'),
    maxEval: z
      .int()
      .min(1)
      .max(MAX_COUNT)
      .optional()
      .describe('evaluations in one step; 5/4 of maxIter when absent'),
    toleranceGrad: real({ min: 0 }).default(1e-7).describe('a step ends when max |g| is at most this'),
    toleranceChange: real({ min: 0 }).default(1e-9).describe('or when x or f change by less'),
    historySize: z.int().min(1).max(MAX_COUNT).default(100),
    lineSearchFn: z.enum(['none', 'strongWolfe']).default('none'),
  }),
  example: { historySize: 10, lineSearchFn: 'strongWolfe' },
  build: ({ learningRate, maxEval, ...rest }) => {
    const options = { ...rest, maxEval: maxEval ?? Math.max(1, Math.floor((rest.maxIter * 5) / 4)) };
    return {
      transform: quasiNewton(options),
      learningRate,
      flopsPerParameter: rest.maxIter * (20 + 8 * rest.historySize),
      statePerParameter: 2 * rest.historySize + POINTS + 7,
      needs: 'evaluations',
      evaluationsPerStep: rest.lineSearchFn === 'none' ? rest.maxIter : options.maxEval,
    };
  },
});

interface Options {
  readonly maxIter: number;
  readonly maxEval: number;
  readonly toleranceGrad: number;
  readonly toleranceChange: number;
  readonly historySize: number;
  readonly lineSearchFn: 'none' | 'strongWolfe';
}

/** All tensors one after another, in double precision. It never travels, so its working memory is part of it. */
interface Memory {
  /** Quasi-Newton steps so far, in all updates. */
  iterations: number;
  /** The last step was t · direction, from where the gradient was `before`. */
  t: number;
  readonly direction: Float64Array;
  readonly before: Float64Array;
  readonly hessian: InverseHessian;
  readonly x: Float64Array;
  /** x + t · direction, where the objective is evaluated, and its tensors. */
  readonly trial: Float64Array;
  readonly trials: readonly Float64Array[];
  /** The first is where a search starts: f and ∇f at x. */
  readonly points: readonly (LinePoint & { readonly [key: string]: State })[];
  readonly [key: string]: State;
}

function newMemory(tensors: readonly Vector[]): Memory {
  const n = tensors.reduce((sum, { length }) => sum + length, 0);
  const zeros = () => new Float64Array(n);
  const trial = zeros();
  return {
    iterations: 0,
    t: 0,
    direction: zeros(),
    before: zeros(),
    hessian: { pairs: [], diagonal: 1 },
    x: zeros(),
    trial,
    trials: split(trial, tensors),
    points: Array.from({ length: POINTS }, () => ({ t: 0, f: 0, slope: 0, gradient: zeros() })),
  };
}

/** The gradient that comes in may have been clipped; those of the evaluations within a step are not. */
const quasiNewton = (options: Options): Transform => ({
  init: newMemory,
  update(g, state, x, { value, learningRate, evaluate }) {
    const memory = state as Memory;
    const start = memory.points[0] as LinePoint;
    join(x, memory.x);
    join(g, start.gradient);
    start.f = value;
    minimise(memory, options, learningRate, evaluate as Evaluate);
    let at = 0;
    for (let t = 0; t < g.length; t++) {
      const u = g[t] as Vector;
      const xt = x[t] as Vector;
      for (let i = 0; i < u.length; i++) u[i] = (memory.x[at++] as number) - (xt[i] as number);
    }
    return state;
  },
});

/** Moves memory.x by up to `maxIter` quasi-Newton steps. */
function minimise(memory: Memory, options: Options, learningRate: number, evaluate: Evaluate): void {
  const { maxIter, maxEval, toleranceGrad, toleranceChange, historySize, lineSearchFn } = options;
  const { x, direction, before, hessian, trial, trials, points } = memory;
  const start = points[0] as LinePoint;
  const g = start.gradient;
  let evaluations = 1;
  const probe = (point: LinePoint): void => {
    trial.set(x);
    axpy(trial, point.t, direction);
    const { value, gradient } = evaluate(trials);
    join(gradient, point.gradient);
    point.f = value;
    point.slope = dot(point.gradient, direction);
    evaluations++;
  };

  if (maxAbs(g) <= toleranceGrad) return;
  for (let k = 1; k <= maxIter; k++) {
    const first = memory.iterations++ === 0;
    if (!first) learn(hessian, historySize, g, before, memory.t, direction);
    descentDirection(hessian, g, direction);
    before.set(g);
    memory.t = first ? Math.min(1, 1 / sumOfAbs(g)) * learningRate : learningRate;
    const value = start.f;
    start.slope = dot(g, direction);
    if (start.slope > -toleranceChange) return;

    let end: LinePoint | null = null;
    if (lineSearchFn === 'strongWolfe') {
      const length = maxAbs(direction);
      end = strongWolfe(points, memory.t, length, toleranceChange, maxEval - evaluations, probe);
      memory.t = end.t;
    } else if (k < maxIter) {
      end = points[1] as LinePoint;
      end.t = memory.t;
      probe(end);
    }
    axpy(x, memory.t, direction);
    if (end === null) return;
    start.f = end.f;
    g.set(end.gradient);

    const change = Math.abs(memory.t) * maxAbs(direction);
    if (evaluations >= maxEval || maxAbs(g) <= toleranceGrad || change <= toleranceChange) return;
    if (Math.abs(start.f - value) < toleranceChange) return;
  }
}

function sumOfAbs(x: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += Math.abs(x[i] as number);
  return sum;
}

function join(tensors: readonly Vector[], flat: Float64Array): void {
  let at = 0;
  for (let t = 0; t < tensors.length; t++) {
    flat.set(tensors[t] as Vector, at);
    at += (tensors[t] as Vector).length;
  }
}
