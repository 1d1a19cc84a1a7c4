import { nextNonFinite } from '../../kernels/vector.js';
import { type CellName, GATES } from '../../network/recurrent/cell.js';
import { type Cell, cellOf, type Kept } from './cells.js';
import { outputLoss } from './loss.js';
import { addOuter, addProduct, addTransposed, type Sequence } from './system.js';

/** A network unrolled over its sequence: everything that ways back need. */
export interface Unrolled {
  readonly sequence: Sequence;
  readonly n: number;
  /** Rows of W_h. */
  readonly wide: number;
  readonly cell: Cell;
  /** (steps + 1) x rows x the vectors of a state x n, the initial state first. */
  readonly states: Float64Array;
  readonly kept: Kept;
  /** steps x rows x outputs: the derivative of F by ŷ_t. */
  readonly outputGradients: Float64Array;
  readonly value: number;
  /** The first step with a state or an output that is not finite; null if there is none. */
  readonly overflow: number | null;
}

/** Numbers that unrolling allocates. */
export function unrolledNumbers(
  cell: CellName,
  n: number,
  sequence: Pick<Sequence, 'steps' | 'rows' | 'outputs'>,
): number {
  const { states, kept } = cellOf[cell](n);
  const { steps, rows, outputs } = sequence;
  return rows * ((steps + 1) * states * n + steps * (kept * n + outputs));
}

/** Forward over the whole sequence, or up to the step where something overflows. */
export function unroll(name: CellName, n: number, sequence: Sequence): Unrolled {
  const { steps, rows, inputs, outputs, weights, x, y, h0, c0, loss, lastOnly } = sequence;
  const cell = cellOf[name](n);
  const wide = GATES[name] * n;
  const size = cell.states * n;
  const states = new Float64Array((steps + 1) * rows * size);
  const kept: Kept = { data: new Float64Array(steps * rows * cell.kept * n), at: 0 };
  const outputGradients = new Float64Array(steps * rows * outputs);
  for (let r = 0; r < rows; r++) {
    states.set(h0.subarray(r * n, (r + 1) * n), r * size);
    if (cell.states === 2) states.set(c0.subarray(r * n, (r + 1) * n), r * size + n);
  }
  const zx = new Float64Array(wide);
  const zh = new Float64Array(wide);
  const targets = loss === 'crossEntropy' ? 1 : outputs;
  /** The first step that has a loss. */
  const first = lastOnly ? steps - 1 : 0;
  let value = 0;
  let overflow: number | null = null;
  for (let t = 0; t < steps && overflow === null; t++)
    for (let r = 0; r < rows; r++) {
      const k = t * rows + r;
      const from = k * size;
      const to = from + rows * size;
      zx.set(weights.bx);
      zh.set(weights.bh);
      addProduct(zx, weights.wx, x, k * inputs, inputs);
      addProduct(zh, weights.wh, states, from, n);
      kept.at = k * cell.kept * n;
      cell.step(zx, zh, states, from, to, kept);
      const output = outputGradients.subarray(k * outputs, (k + 1) * outputs);
      if (t >= first) {
        output.set(weights.bo);
        addProduct(output, weights.wo, states, to, n);
        value += outputLoss(loss, output, y, (k - first * rows) * targets, (steps - first) * rows);
      }
      const finite =
        Number.isFinite(value) &&
        nextNonFinite(states.subarray(to, to + size)) === -1 &&
        nextNonFinite(output) === -1;
      if (!finite) overflow ??= t + 1;
    }
  return { sequence, n, wide, cell, states, kept, outputGradients, value, overflow };
}

/** The derivatives of F by every weight, by the initial state and, as norms over all examples, by each h_t. */
export interface Gradients {
  readonly wx: Float64Array;
  readonly wh: Float64Array;
  readonly wo: Float64Array;
  readonly bx: Float64Array;
  readonly bh: Float64Array;
  readonly bo: Float64Array;
  readonly h0: Float64Array;
  readonly c0: Float64Array;
  /** ‖∂F/∂h_t‖ for t = 1 ... T. */
  readonly states: Float64Array;
}

/** The adjoint recursion, in O(T): a_t = W_oᵀ g_t + (∂h_{t+1}/∂h_t)ᵀ a_{t+1}. */
export function backward(unrolled: Unrolled, norm: (x: Float64Array) => number): Gradients {
  const { sequence, n, wide, cell, states, kept, outputGradients } = unrolled;
  const { steps, rows, inputs, outputs, weights, x } = sequence;
  const like = (w: Float64Array): Float64Array => new Float64Array(w.length);
  const g = {
    wx: like(weights.wx),
    wh: like(weights.wh),
    wo: like(weights.wo),
    bx: like(weights.bx),
    bh: like(weights.bh),
    bo: like(weights.bo),
    h0: new Float64Array(rows * n),
    c0: new Float64Array(cell.states === 2 ? rows * n : 0),
    states: new Float64Array(steps),
  };
  const size = cell.states * n;
  const zx = new Float64Array(wide);
  const zh = new Float64Array(wide);
  const adjoints = Array.from({ length: rows }, () => new Float64Array(size));
  const hidden = new Float64Array(rows * n);
  for (let t = steps - 1; t >= 0; t--) {
    for (let r = 0; r < rows; r++) {
      const k = t * rows + r;
      const a = adjoints[r] as Float64Array;
      const output = outputGradients.subarray(k * outputs, (k + 1) * outputs);
      addTransposed(a, 0, weights.wo, output, n);
      addOuter(g.wo, output, states, (k + rows) * size, n);
      add(g.bo, output);
      hidden.set(a.subarray(0, n), r * n);
      kept.at = k * cell.kept * n;
      cell.adjoint(a, zx, zh, states, k * size, kept);
      addOuter(g.wx, zx, x, k * inputs, inputs);
      addOuter(g.wh, zh, states, k * size, n);
      add(g.bx, zx);
      add(g.bh, zh);
      addTransposed(a, 0, weights.wh, zh, n);
    }
    g.states[t] = norm(hidden);
  }
  adjoints.forEach((a, r) => {
    g.h0.set(a.subarray(0, n), r * n);
    if (cell.states === 2) g.c0.set(a.subarray(n), r * n);
  });
  return g;
}

function add(out: Float64Array, x: Float64Array): void {
  for (let i = 0; i < x.length; i++) out[i] += x[i] as number;
}
