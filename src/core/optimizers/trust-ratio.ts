import { norm2 } from '../kernels/norm.js';
import { scale, type Vector } from '../kernels/vector.js';
import { stateless, type Transform } from '../transform.js';

/** ‖x‖ of one tensor. */
export const normOf = (x: Vector): number => norm2([x], new Float64Array(1));

/** u ← trust · max(‖x‖, min) / (max(‖u‖, min) + eps) · u for each tensor; a norm of 0 leaves it alone. */
export const scaleByTrustRatio = ({ minNorm = 0, trustCoefficient = 1, eps = 0 }): Transform =>
  stateless((g, x) => {
    const parameterNorm = Math.max(normOf(x), minNorm);
    const updateNorm = Math.max(normOf(g), minNorm);
    if (parameterNorm !== 0 && updateNorm !== 0)
      scale(g, (trustCoefficient * parameterNorm) / (updateNorm + eps));
  });
