import { type CellName, GATES } from '../../network/recurrent/cell.js';
import { boundFlops } from './bound.js';
import { cellOf } from './cells.js';
import { jacobianFlops } from './jacobians.js';
import { powersFlops, spectrumFlops } from './spectrum.js';
import { isGated, type Sequence } from './system.js';
import { unrolledNumbers } from './unrolled.js';

interface Sizes {
  readonly cell: CellName;
  readonly n: number;
  readonly steps: number;
  readonly maxLag: number;
  /** Null without a sequence. */
  readonly shape: Pick<Sequence, 'steps' | 'rows' | 'inputs' | 'outputs'> | null;
}

/** Operations and bytes of an analysis. */
export function flowCost({ cell, n, steps, maxLag, shape }: Sizes): {
  floatingPointOperations: number;
  bytes: number;
} {
  const gates = GATES[cell];
  let flops = gates * spectrumFlops(n) + (isGated(cell) ? 0 : powersFlops(n, steps));
  let numbers = 12 * n * n + 4 * steps;
  if (shape !== null) {
    const { rows, inputs, outputs } = shape;
    const size = cellOf[cell](n).states * n;
    const lags = (maxLag + 1) * (steps - maxLag / 2);
    const pass = 6 * gates * n * (n + inputs) + 6 * n * outputs + 200 * gates * n;
    flops += rows * (steps * pass + lags * (4 * gates * n * n + 20 * gates * n));
    flops += boundFlops(steps, rows) + spectrumFlops(Math.max(n, outputs));
    if (cell !== 'linear') flops += steps * jacobianFlops(size);
    numbers +=
      2 * rows * steps * (inputs + outputs) +
      unrolledNumbers(cell, n, shape) +
      rows * steps * size +
      2 * gates * n * (n + inputs) +
      (cell === 'linear' ? 0 : 8 * size * size) +
      8 * steps * rows +
      4 * Math.max(n, outputs) * Math.max(n, outputs);
  }
  return { floatingPointOperations: Math.ceil(flops), bytes: 8 * numbers };
}
