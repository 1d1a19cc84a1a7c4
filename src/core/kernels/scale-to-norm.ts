import { MIN_NORMAL, scaledNorm } from './norm.js';
import { scale, type Vector } from './vector.js';

/**
 * g ← g · length / ‖g‖ over all tensors together, in place; zero stays zero. Right even where ‖g‖ or the factor is no
 * ordinary double. `norm` is ‖g‖₂; a negative length turns the direction round.
 */
export function scaleToNorm(tensors: readonly Vector[], norm: number, length: number): void {
  const factor = length / norm;
  const size = Math.abs(factor);
  if (norm >= MIN_NORMAL && size >= MIN_NORMAL && size < Infinity) {
    for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
  } else if (norm !== 0) {
    const { scale: max, ratio } = scaledNorm(tensors, 2);
    const rest = length / ratio;
    for (let t = 0; t < tensors.length; t++) {
      const x = tensors[t] as Vector;
      for (let i = 0; i < x.length; i++) x[i] = (x[i] / max) * rest;
    }
  }
}
