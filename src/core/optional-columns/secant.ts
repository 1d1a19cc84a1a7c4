import { norm2 } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { evaluateHere, type Objective, type ObjectivePlan } from '../objectives/objective.js';

/**
 * ‖∇f(x) - ∇f(y)‖ / ‖x - y‖ between the x of this call and that of the one before: at least so large is ‖∇²f‖
 * somewhere between. NaN at first, and where x has not moved.
 *
 * A run on all rows lends its own gradient. One on mini-batches, or with noise, has a second objective on the rows of
 * iteration 0 for it, whose memory no iteration of the run touches: one evaluation a call.
 */
export function newSecant(
  objective: Objective,
  exact: ObjectivePlan,
  borrowed: boolean,
): { readonly measure: () => number; readonly evaluations: () => number } {
  const { x } = objective;
  const fixed = borrowed ? null : exact.create();
  fixed?.select?.(0);
  const gradient: Vector = fixed === null ? objective.gradient : fixed.gradient;
  const lastX = x.slice();
  const lastGradient = gradient.slice();
  const difference = new Float64Array(x.length);
  const one = [difference];
  const squares = new Float64Array(1);
  let seen = false;
  let count = 0;

  const distance = (a: Vector, b: Vector): number => {
    for (let i = 0; i < a.length; i++) difference[i] = (a[i] as number) - (b[i] as number);
    return norm2(one, squares);
  };
  return {
    evaluations: () => count,
    measure() {
      if (fixed !== null) {
        fixed.x.set(x);
        evaluateHere(fixed);
        count++;
      }
      const moved = seen ? distance(x, lastX) : 0;
      const estimate = moved > 0 ? distance(gradient, lastGradient) / moved : Number.NaN;
      lastX.set(x);
      lastGradient.set(gradient);
      seen = true;
      return estimate;
    },
  };
}
