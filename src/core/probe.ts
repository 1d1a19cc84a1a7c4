import type { Vector } from './kernels/vector.js';
import { copy } from './kernels/vector.js';
import { evaluateHere, type Objective } from './objectives/objective.js';
import type { Evaluate } from './transform.js';

/** Evaluations beside the run's own: at other points, with x and its gradient as they were before. */
export function newProbe(
  objective: Objective,
  xs: readonly Vector[],
): { readonly evaluate: Evaluate; evaluations(): number } {
  const { x, gradient } = objective;
  let spare: { readonly x: Vector; readonly gradient: Vector; readonly trial: Vector } | null = null;
  let count = 0;
  return {
    evaluate(at) {
      spare ??= { x: x.slice(), gradient: gradient.slice(), trial: gradient.slice() };
      copy(x, spare.x);
      copy(gradient, spare.gradient);
      for (let t = 0; t < xs.length; t++) copy(at[t] as Vector, xs[t] as Vector);
      const value = evaluateHere(objective);
      copy(gradient, spare.trial);
      copy(spare.x, x);
      copy(spare.gradient, gradient);
      count++;
      return { value, gradient: split(spare.trial, xs) };
    },
    evaluations: () => count,
  };
}

/** Views of `flat` as long as the vectors `like`, one after another. */
export function split<V extends Vector>(flat: V, like: readonly Vector[]): V[] {
  let at = 0;
  return like.map(({ length }) => {
    at += length;
    return flat.subarray(at - length, at) as V;
  });
}
