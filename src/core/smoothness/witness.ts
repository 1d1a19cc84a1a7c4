import { invalidField } from '../failure.js';
import { length } from '../kernels/norm.js';
import { normals, STREAM_DIRECTION, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { objectives } from '../objectives/index.js';
import { evaluateHere, type PlanContext } from '../objectives/objective.js';
import type { Spec } from '../plugin.js';
import { lanczos } from './hessian-norm.js';

export interface WitnessRequest {
  readonly objective: Spec;
  /** Places along the curve. */
  readonly along: readonly number[];
  readonly seed: number;
}

export interface WitnessPoint {
  readonly t: number;
  readonly parameters: Vector;
  readonly value: number;
  readonly gradientNorm: number;
  readonly hessianNorm: number;
  readonly residual: number;
}

export interface WitnessResult {
  /** Why no (L0, L1) will do. */
  readonly why: string;
  readonly points: readonly WitnessPoint[];
  /** ‖∇²f(x)‖ <= h0 + h1 f(x) everywhere, where that much is true. */
  readonly lossBound?: { readonly h0: number; readonly h1: number };
}

/** Points at which ‖∇²f‖ outgrows every L0 + L1 ‖∇f‖. */
export function witness(request: WitnessRequest, context: PlanContext): WitnessResult {
  const { objective: spec, along, seed } = request;
  const kind = objectives.kindOf(spec);
  const { knowledge } = objectives.plugins.find((plugin) => plugin.kind === kind) ?? {};
  const known = knowledge?.smoothness;
  if (known === undefined || !('none' in known))
    throw invalidField(
      `objective.${kind}`,
      `has no witness against (L0, L1)-smoothness${known === undefined ? '' : `; its constants are ${known.constants}`}`,
    );
  const plan = objectives.build(spec)({ ...context, secondOrder: true });
  const { size } = plan.layout;
  const points: WitnessPoint[] = [];
  const { witness: curve } = known;
  const bound = known.lossBound?.(spec[kind], size) ?? null;
  if (curve !== undefined) {
    const objective = plan.create();
    for (const t of along) {
      const x = curve(spec[kind], t);
      // A curve in the first coordinates of a function of more of them says nothing about the rest.
      if (x.length !== size)
        throw invalidField(
          `objective.${kind}`,
          `the witness is a curve in ${x.length} dimensions, got ${size}`,
        );
      objective.x.set(x);
      const value = evaluateHere(objective);
      const gradientNorm = length(objective.gradient);
      const start = objective.x.slice() as Vector;
      const random = normals(words(seed, STREAM_DIRECTION, points.length));
      for (let i = 0; i < size; i++) start[i] = random();
      const { norm, residual } = lanczos((v, out) => objective.hessianVectorProduct(v, out), start, PRODUCTS);
      const parameters = objective.x.slice() as Vector;
      points.push({ t, parameters, value, gradientNorm, hessianNorm: norm, residual });
    }
  }
  return { why: known.none, points, ...(bound !== null && { lossBound: bound }) };
}
export const PRODUCTS = 30;
