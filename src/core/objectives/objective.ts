import { z } from 'zod';
import type { Datasets } from '../datasets.js';
import { createHeap, heapOverhead, MAX_HEAP_BYTES, roomFor } from '../kernels/heap.js';
import type { Vector } from '../kernels/vector.js';
import { type Dtype, type Layout, layoutOf, newVector, tensorShape } from '../layout.js';
import { definePlugin } from '../plugin.js';

/** A function ready to be minimised. It owns `x` and `gradient`, allocated once; the caller writes x between calls. */
export interface Objective {
  readonly x: Vector;
  readonly gradient: Vector;
  /**
   * f(x), with ∇f(x) written to `gradient`, on the rows that `select` chose (all of them without). Takes the objective's
   * own two vectors: what is a function of any two needs no closure around it, which a small run calls at every iteration.
   */
  valueAndGradient(x: Vector, gradient: Vector): number;
  /** out ← ∇²f(x) v; overwrites no `gradient`. */
  hessianVectorProduct(v: Vector, out: Vector): void;
  /** Chooses the mini-batch of iteration k. */
  select?(iteration: number): void;
  /** Held-out metrics at x, in the order of the plan's `evaluationColumns`. */
  evaluate?(out: Float64Array): void;
  /** Why value or gradient at x are not finite, on the same rows; empty when there is nothing to say. */
  explain?(): string;
}

/** `valueAndGradient` of its own vectors. */
export const evaluateHere = ({ x, gradient, valueAndGradient }: Objective): number =>
  valueAndGradient(x, gradient);

/** What is known of an objective before it is built: enough to accept or refuse a run. */
export interface ObjectivePlan {
  readonly layout: Layout;
  readonly flopsPerEvaluation: number;
  /** Of `evaluate`, where that is much beside an evaluation. */
  readonly flopsPerHeldOut?: number;
  /** Memory that `create` allocates, parameters and gradient included. */
  readonly bytes: number;
  readonly evaluationColumns: readonly string[];
  /** The objective at its own start, once; for a run with `room` bytes more where x lives, if that is a heap. */
  create(room?: number): Objective;
}

export interface PlanContext {
  /** Number of parameters that the request gave, if any: test functions take their dimension from it. */
  readonly size: number | null;
  /** dtype of those parameters, if any. */
  readonly dtype: Dtype | null;
  readonly seed: number;
  readonly datasets: Datasets;
  /** Hessian-vector products will be asked for. */
  readonly secondOrder: boolean;
}

export type ObjectiveKind = (context: PlanContext) => ObjectivePlan;
export const defineObjective = definePlugin<ObjectiveKind>();

/** A function of the whole flat vector, whatever tensors it consists of; uses no `this`. */
export interface SmoothFunction {
  valueAndGradient(x: Vector, gradient: Vector): number;
  hessianVectorProduct(x: Vector, v: Vector, out: Vector): void;
}

export interface FunctionPlan {
  readonly layout: Layout;
  readonly flopsPerEvaluation: number;
  /** Called where the objective is made; gives its start. */
  readonly start: () => (i: number) => number;
  /** Numbers that `make` and `start` allocate. */
  readonly scratch: number;
  readonly make: () => SmoothFunction;
}

export function planFunction(plan: FunctionPlan): ObjectivePlan {
  const { layout, flopsPerEvaluation, scratch } = plan;
  const { dtype, size } = layout;
  return {
    layout,
    flopsPerEvaluation,
    bytes: (2 * size + scratch) * 8 + (size < MIN_OF_A_HEAP ? 0 : heapOverhead),
    evaluationColumns: [],
    create(room) {
      const [x, gradient] = pair(dtype, size, room);
      const start = plan.start();
      for (let i = 0; i < size; i++) x[i] = start(i);
      return over(plan.make(), x, gradient);
    },
  };
}

/** Of its own, because V8 checks at every use that a variable outside of a closure has been set, and knows it of a parameter. */
const over = (f: SmoothFunction, x: Vector, gradient: Vector): Objective => ({
  x,
  gradient,
  valueAndGradient: f.valueAndGradient,
  hessianVectorProduct: (v, out) => f.hessianVectorProduct(x, v, out),
});

/** Two vectors; for a run in a heap where the kernels of optimizers are worth it, of any size that one holds. */
function pair(dtype: Dtype, size: number, room: number | undefined): readonly [Vector, Vector] {
  const bytes = 2 * roomFor([size], dtype === 'float32' ? 4 : 8, 1);
  if (room === undefined || size < MIN_OF_A_HEAP || bytes > MAX_HEAP_BYTES)
    return [newVector(dtype, size), newVector(dtype, size)];
  const heap = createHeap(bytes, room);
  return dtype === 'float32' ? [heap.f32(size), heap.f32(size)] : [heap.f64(size), heap.f64(size)];
}

export interface TestFunction extends SmoothFunction {
  readonly flopsPerCoordinate: number;
  readonly start: (i: number) => number;
}

/** The plan of a function of one vector `x` whose dimension is given, taken from the start, or the default. */
export function testFunction(
  dimension: number | undefined,
  usual: number,
  { size, dtype }: Pick<PlanContext, 'size' | 'dtype'>,
  f: TestFunction,
): ObjectivePlan {
  const n = dimension ?? size ?? usual;
  return planFunction({
    layout: vectorLayout(n, dtype),
    flopsPerEvaluation: f.flopsPerCoordinate * n,
    start: () => f.start,
    scratch: 0,
    make: () => f,
  });
}

/** One vector `x` of `n` numbers. */
export const vectorLayout = (n: number, dtype: Dtype | null): Layout =>
  layoutOf(dtype ?? 'float64', [tensorShape('x', [n])]);

/** Below this many numbers making a heap takes longer than it saves. */
const MIN_OF_A_HEAP = 4096;

export const MAX_DIMENSION = 100_000_000;
/** The parameter `dimension` of a function that has any number of variables. */
export const anyDimension = z.int().min(1).max(MAX_DIMENSION).optional();
