import { clipByNorm, newReport } from '../kernels/clip.js';
import { norm2 } from '../kernels/norm.js';
import { scaleToNorm } from '../kernels/scale-to-norm.js';
import { scale, type Vector } from '../kernels/vector.js';
import { type Transform, zerosLike } from '../transform.js';

const unread = newReport('');

/** ‖g‖₂ over all tensors together. */
export const lengthOf = (g: readonly Vector[]): number => norm2(g, new Float64Array(g.length));

/** g ← g · min(1, c/‖g‖), or g · c/(c + ‖g‖) smoothed, over all tensors together. */
export function clipLength(g: readonly Vector[], c: number, smoothed: boolean): void {
  const norm = lengthOf(g);
  if (!smoothed) clipByNorm(g, norm, c, 2, 0, unread);
  else if (c !== Infinity) scaleToNorm(g, norm, norm < c ? norm / (1 + norm / c) : c / (1 + c / norm));
}

/** g ← g / (‖g‖ + epsilon) over all tensors together; 0 stays 0. */
export const normalize = (epsilon: number): Transform => ({
  init: () => [],
  update(g, state) {
    const norm = lengthOf(g);
    scaleToNorm(g, norm, 1 / (1 + epsilon / norm));
    return state;
  },
});

/** g ← -rate · g; by the length rate · ‖g‖ where the rate itself is no ordinary double. */
export function descendBy(g: readonly Vector[], norm: number, rate: number, length: number): void {
  if (rate > 1e-300 && rate < Infinity) for (let t = 0; t < g.length; t++) scale(g[t] as Vector, -rate);
  else scaleToNorm(g, norm, -length);
}

/** m ← β m + (1 - β) g from m = 0, without bias correction; β may depend on the step, 1 for the first. */
export function intoAverage(m: readonly Vector[], g: readonly Vector[], beta: number): void {
  for (let t = 0; t < g.length; t++) {
    const average = m[t] as Vector;
    const gradient = g[t] as Vector;
    for (let i = 0; i < gradient.length; i++) average[i] = beta * average[i] + (1 - beta) * gradient[i];
  }
}

/** Puts the average of the gradients in the gradient's place. */
export const averaged = (beta: (count: number) => number): Transform => ({
  init: zerosLike,
  update(g, state, _x, { count }) {
    const m = state as readonly Vector[];
    intoAverage(m, g, beta(count));
    for (let t = 0; t < g.length; t++) (g[t] as Vector).set(m[t] as Vector);
    return state;
  },
});
