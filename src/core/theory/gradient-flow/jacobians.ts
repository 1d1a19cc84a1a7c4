import { type ProductNorms, productFlops, productNorms } from '../../kernels/product-norms.js';
import { addTransposed } from './system.js';
import type { Unrolled } from './unrolled.js';

/** Operations for each step. */
export const jacobianFlops = (size: number): number => productFlops(size);

/**
 * ‖∂s_k/∂s_0‖₂ for k = 0 ... T along the first example, s = h or (h, c): the product of the Jacobians of the steps, which
 * for the linear cell is W_h^k. A step's rows are adjoints of unit vectors. Ends where the states overflow.
 */
export function jacobianNorms(unrolled: Unrolled): ProductNorms {
  const { sequence, n, wide, cell, states, kept, overflow } = unrolled;
  const { steps, rows, weights } = sequence;
  const size = cell.states * n;
  const zx = new Float64Array(wide);
  const zh = new Float64Array(wide);
  const jacobian = new Float64Array(size * size);
  return productNorms(size, (overflow ?? steps + 1) - 1, (step) => {
    const k = (step - 1) * rows;
    kept.at = k * cell.kept * n;
    jacobian.fill(0);
    for (let i = 0; i < size; i++) {
      const row = jacobian.subarray(i * size, (i + 1) * size);
      row[i] = 1;
      cell.adjoint(row, zx, zh, states, k * size, kept);
      addTransposed(row, 0, weights.wh, zh, n);
    }
    return jacobian;
  });
}
