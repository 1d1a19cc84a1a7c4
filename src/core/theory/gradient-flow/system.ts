import { type CellName, GATES } from '../../network/recurrent/cell.js';
import type { Loss } from './loss.js';

/** Names of the blocks of n rows in the weights of a cell, in PyTorch's order. */
export const GATE_NAMES: Readonly<Record<CellName, readonly string[]>> = {
  linear: ['h'],
  tanh: ['h'],
  relu: ['h'],
  gru: ['r', 'z', 'n'],
  lstm: ['i', 'f', 'g', 'o'],
};

export const isGated = (cell: CellName): boolean => GATES[cell] > 1;

/** Everything row-major, in double precision. */
export interface Weights {
  /** gates · units x inputs */
  readonly wx: Float64Array;
  /** gates · units x units */
  readonly wh: Float64Array;
  /** outputs x units */
  readonly wo: Float64Array;
  /** gates · units; of inputs and of states. */
  readonly bx: Float64Array;
  readonly bh: Float64Array;
  /** outputs */
  readonly bo: Float64Array;
}

/** A network, h_t from h_{t-1} and x_t and ŷ_t = W_o h_t + b_o, with a sequence of `steps` steps for `rows` examples. */
export interface Sequence {
  readonly steps: number;
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Weights;
  /** steps x rows x inputs */
  readonly x: Float64Array;
  /** Whether the loss is that of the last step in place of the mean over all. */
  readonly lastOnly: boolean;
  /** steps x rows x outputs, of crossEntropy the labels, steps x rows; with `lastOnly` without the steps. */
  readonly y: Float64Array;
  /** rows x units */
  readonly h0: Float64Array;
  readonly c0: Float64Array;
  readonly loss: Loss;
}

/** w (rows x columns) times x is added to out. */
export function addProduct(
  out: Float64Array,
  w: Float64Array,
  x: Float64Array,
  at: number,
  columns: number,
): void {
  for (let r = 0; r < out.length; r++) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += (w[r * columns + c] as number) * (x[at + c] as number);
    out[r] += sum;
  }
}

/** wᵀ z is added to out, from `at` on; w has as many rows as z. */
export function addTransposed(
  out: Float64Array,
  at: number,
  w: Float64Array,
  z: Float64Array,
  columns: number,
): void {
  for (let r = 0; r < z.length; r++) {
    const f = z[r] as number;
    if (f === 0) continue;
    for (let c = 0; c < columns; c++) out[at + c] += f * (w[r * columns + c] as number);
  }
}

/** z x[at ... at + columns]ᵀ is added to the matrix. */
export function addOuter(
  matrix: Float64Array,
  z: Float64Array,
  x: Float64Array,
  at: number,
  columns: number,
): void {
  for (let r = 0; r < z.length; r++) {
    const f = z[r] as number;
    if (f === 0) continue;
    for (let c = 0; c < columns; c++) matrix[r * columns + c] += f * (x[at + c] as number);
  }
}
