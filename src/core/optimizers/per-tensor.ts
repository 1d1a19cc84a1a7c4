import type { Vector } from '../kernels/vector.js';
import type { Shape, State, Step, Transform } from '../transform.js';

/**
 * A transformation of each tensor for itself. `update` overwrites `g` and what `memory` holds, vectors and
 * numbers; the state is the list of the tensors' memories.
 */
export const perTensor = <M extends { [K in keyof M]: State }>(
  init: (x: Vector, shape: Shape) => M,
  update: (g: Vector, memory: M, x: Vector, step: Step, shape: Shape) => void,
): Transform => ({
  init: (tensors, shapes) => tensors.map((x, t) => ({ ...init(x, shapes[t] as Shape) })),
  update(g, state, x, step) {
    const memories = state as unknown as readonly M[];
    for (let t = 0; t < g.length; t++)
      update(g[t] as Vector, memories[t] as M, x[t] as Vector, step, step.shapes[t] as Shape);
    return state;
  },
});

export const zeros = (x: Vector): Vector =>
  x instanceof Float32Array ? new Float32Array(x.length) : new Float64Array(x.length);

/** First and second moment, zero at first. */
export interface Moments {
  readonly m: Vector;
  readonly v: Vector;
}
export const zeroMoments = (x: Vector): Moments => ({ m: zeros(x), v: zeros(x) });
