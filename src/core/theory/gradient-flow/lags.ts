import { addOuter, addTransposed } from './system.js';
import type { Unrolled } from './unrolled.js';

/**
 * What each lag contributes to ∂F/∂W_h: lag τ is the sum, over t, of what the loss at step t says about the use of W_h
 * at step t - τ (the inner terms of the lecture's double sum). `each` gets the lags 0 ... maxLag one after another, in
 * an array that the next overwrites. All of them together are the gradient.
 *
 * Adjoints of all steps go back one step at a time, so a lag costs what one backward pass does.
 */
export function eachLag(
  unrolled: Unrolled,
  maxLag: number,
  each: (lag: number, contribution: Float64Array) => void,
): void {
  const { sequence, n, wide, cell, states, kept, outputGradients } = unrolled;
  const { steps, rows, outputs, weights } = sequence;
  const size = cell.states * n;
  const zx = new Float64Array(wide);
  const zh = new Float64Array(wide);
  /** At step i: of the state there, from the loss `lag` steps later. */
  const adjoints = new Float64Array(steps * rows * size);
  for (let k = 0; k < steps * rows; k++)
    addTransposed(
      adjoints,
      k * size,
      weights.wo,
      outputGradients.subarray(k * outputs, (k + 1) * outputs),
      n,
    );
  const contribution = new Float64Array(wide * n);
  for (let lag = 0; lag <= maxLag; lag++) {
    contribution.fill(0);
    for (let i = 0; i < steps - lag; i++)
      for (let r = 0; r < rows; r++) {
        const k = i * rows + r;
        const a = adjoints.subarray(k * size, (k + 1) * size);
        kept.at = k * cell.kept * n;
        cell.adjoint(a, zx, zh, states, k * size, kept);
        addOuter(contribution, zh, states, k * size, n);
        if (i === 0) continue;
        addTransposed(a, 0, weights.wh, zh, n);
        // The step before was done with its own: it takes what has come back from here.
        adjoints.copyWithin((k - rows) * size, k * size, (k + 1) * size);
      }
    each(lag, contribution);
  }
}
