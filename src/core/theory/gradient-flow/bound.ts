import type { Sequence } from './system.js';

/** ‖·‖ of steps x rows vectors of length n, of which each step has `stride` numbers per example. */
export function vectorNorms(
  x: Float64Array,
  sequence: Pick<Sequence, 'steps' | 'rows'>,
  n: number,
  stride: number,
  norm: (x: Float64Array) => number,
): Float64Array {
  return Float64Array.from({ length: sequence.steps * sequence.rows }, (_, k) =>
    norm(x.subarray(k * stride, k * stride + n)),
  );
}

/** Operations of the two bounds, a product and a sum for each pair of steps. */
export const boundFlops = (steps: number, rows: number): number => 2 * steps * steps * rows;

/**
 * Σ_t Σ_{i <= t} ‖W_h^{t-i}‖ ‖W_o‖ ‖g_t‖ ‖v_i‖, which is at least the norm of the gradient that sums outer products with
 * v_i: of W_x with x_i, of W_h with h_{i-1}. g_t is the derivative of F itself, so there is no 1/T. `powers[k]` bounds
 * ‖∂h_{i+k}/∂z_i‖.
 */
export function gradientBound(
  powers: (lag: number) => number,
  outputNorm: number,
  g: Float64Array,
  v: Float64Array,
  { steps, rows }: Pick<Sequence, 'steps' | 'rows'>,
): number {
  let bound = 0;
  for (let lag = 0; lag < steps; lag++) {
    let sum = 0;
    for (let k = lag * rows; k < steps * rows; k++) sum += (g[k] as number) * (v[k - lag * rows] as number);
    // 0 times an infinite power is no term.
    if (sum !== 0) bound += powers(lag) * outputNorm * sum;
    if (bound === Infinity) break;
  }
  return bound;
}
