import { norm2 } from './kernels/norm.js';
import type { Vector } from './kernels/vector.js';
import { type Layout, newVector } from './layout.js';
import { objectives } from './objectives/index.js';
import {
  evaluateHere,
  type Objective,
  type ObjectivePlan,
  type PlanContext,
} from './objectives/objective.js';
import type { Spec } from './plugin.js';

export interface EvaluateRequest {
  readonly objective: Spec;
  /** Flat, in the objective's layout; null for the objective's own start. */
  readonly parameters: Vector | null;
  readonly directions: readonly Vector[];
  readonly hessian: boolean;
}

export interface EvaluateResult {
  readonly layout: Layout;
  readonly parameters: Vector;
  readonly value: number;
  readonly gradient: Vector;
  readonly gradientNorm: number;
  readonly products: readonly Vector[];
  /** Row-major, size x size. */
  readonly hessian: Vector | null;
  readonly evaluation: { readonly name: string; readonly value: number }[];
}

export function evaluate(request: EvaluateRequest, context: PlanContext): EvaluateResult {
  const plan = objectives.build(request.objective)(context);
  const objective = plan.create();
  if (request.parameters !== null) objective.x.set(request.parameters);
  const { layout } = plan;
  const value = evaluateHere(objective);
  const gradient = objective.gradient.slice();
  return {
    layout,
    parameters: objective.x.slice(),
    value,
    gradient,
    gradientNorm: norm2([gradient], new Float64Array(1)),
    products: request.directions.map((v) => product(objective, layout, v)),
    hessian: request.hessian ? wholeHessian(objective, layout) : null,
    evaluation: heldOut(plan, objective),
  };
}

function product(objective: Objective, layout: Layout, v: Vector): Vector {
  const out = newVector(layout.dtype, layout.size);
  objective.hessianVectorProduct(v, out);
  return out;
}

function wholeHessian(objective: Objective, layout: Layout): Vector {
  const n = layout.size;
  const hessian = newVector(layout.dtype, n * n);
  const unit = newVector(layout.dtype, n);
  for (let i = 0; i < n; i++) {
    unit[i] = 1;
    objective.hessianVectorProduct(unit, hessian.subarray(i * n, (i + 1) * n));
    unit[i] = 0;
  }
  return hessian;
}

/** The objective's held-out metrics at its x. */
export function heldOut(plan: ObjectivePlan, objective: Objective): { name: string; value: number }[] {
  const values = new Float64Array(plan.evaluationColumns.length);
  objective.evaluate?.(values);
  return plan.evaluationColumns.map((name, i) => ({ name, value: values[i] as number }));
}
