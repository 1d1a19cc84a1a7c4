import type { Datasets } from '../datasets.js';
import type { Vector } from '../kernels/vector.js';
import { type Dtype, type Layout, layoutOf, newVector, tensorShape } from '../layout.js';
import { definePlugin } from '../plugin.js';

/** A function ready to be minimised. It owns `x` and `gradient`, allocated once; the caller writes x between calls. */
export interface Objective {
  readonly x: Vector;
  readonly gradient: Vector;
  /** f(x), with ∇f(x) written to `gradient`, on the rows that `select` chose (all of them without). */
  valueAndGradient(): number;
  /** out ← ∇²f(x) v; overwrites no `gradient`. */
  hessianVectorProduct(v: Vector, out: Vector): void;
  /** Chooses the mini-batch of iteration k. */
  select?(iteration: number): void;
  /** Held-out metrics at x, in the order of the plan's `evaluationColumns`. */
  evaluate?(out: Float64Array): void;
}

/** What is known of an objective before it is built: enough to accept or refuse a run. */
export interface ObjectivePlan {
  readonly layout: Layout;
  readonly flopsPerEvaluation: number;
  /** Memory that `create` allocates, parameters and gradient included. */
  readonly bytes: number;
  readonly evaluationColumns: readonly string[];
  /** The objective at its own start. */
  create(): Objective;
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

export interface TestFunction {
  readonly flopsPerCoordinate: number;
  readonly start: (i: number) => number;
  valueAndGradient(x: Vector, gradient: Vector): number;
  hessianVectorProduct(x: Vector, v: Vector, out: Vector): void;
}

/** The plan of a function of one vector `x` whose dimension is given, taken from the start, or the default. */
export function testFunction(
  dimension: number | undefined,
  usual: number,
  { size, dtype }: PlanContext,
  f: TestFunction,
): ObjectivePlan {
  const n = dimension ?? size ?? usual;
  const kind = dtype ?? 'float64';
  return {
    layout: layoutOf(kind, [tensorShape('x', [n])]),
    flopsPerEvaluation: f.flopsPerCoordinate * n,
    bytes: 2 * n * 8,
    evaluationColumns: [],
    create() {
      const x = newVector(kind, n);
      const gradient = newVector(kind, n);
      for (let i = 0; i < n; i++) x[i] = f.start(i);
      return {
        x,
        gradient,
        valueAndGradient: () => f.valueAndGradient(x, gradient),
        hessianVectorProduct: (v, out) => f.hessianVectorProduct(x, v, out),
      };
    },
  };
}

export const MAX_DIMENSION = 100_000_000;
