import type { Recorder } from '../columns.js';
import { atMost, type BoundReport, type BoundTerms, boundReport, thetaOf } from '../theory/bound.js';
import { budget, kappa, sharpBound } from '../theory/clipped-descent.js';

/** The columns `meanGradientNorm`, `budget` and `bound` that are asked for. */
export interface LedgerColumns {
  readonly mean: boolean;
  readonly budget: boolean;
  readonly bound: boolean;
}

/**
 * What the convergence bound says of a run. The run loop only notes sums at each row; what they mean is computed for a
 * whole batch at once.
 */
export interface Ledger {
  /** c of Σ min(‖g‖, c) ‖g‖. */
  readonly threshold: number;
  /** Σ ‖g‖, Σ min(‖g‖, c) ‖g‖ and the count of the updates up to and with that of a row. */
  note(row: number, sum: number, spent: number, updates: number): void;
  /** Writes the columns of a batch, from the given one on. */
  settle(batch: Recorder, column: number): void;
  /** From the sums over all updates; null without terms. */
  report(sum: number, spent: number, updates: number): BoundReport | null;
}

/** `stochastic` says why the gradients are not those of f, if they are not. */
export function newLedger(
  terms: BoundTerms | null,
  stochastic: string | null,
  asked: LedgerColumns,
  capacity: number,
): Ledger {
  const threshold = terms === null ? Infinity : terms.threshold;
  const sums = new Float64Array(3 * capacity);
  const late: string[] = stochastic === null ? [] : [stochastic];
  let first = Number.NaN;
  /** Δ0/(κγ); NaN where the conditions of the bound do not hold. */
  let limit = Number.NaN;
  let violated = false;

  /** Takes f(x0), from which the gap to the minimum follows. */
  function begin(value: number): void {
    first = value;
    if (terms === null) return;
    if (!(value >= terms.minimum))
      late.push(
        Number.isNaN(value)
          ? 'f(x0) is not a number'
          : `f(x0) = ${value} is below the minimum ${terms.minimum} that is assumed`,
      );
    if (terms.unmet.length === 0 && late.length === 0)
      limit = budget(value - terms.minimum, kappa(thetaOf(terms), terms.form), terms.learningRate);
  }

  return {
    threshold,
    note(row, sum, spent, updates) {
      sums[row] = sum;
      sums[capacity + row] = spent;
      sums[2 * capacity + row] = updates;
    },
    settle({ buffer, rows, firstIteration }, column) {
      if (firstIteration === 0 && rows > 0) begin(buffer[0] as number);
      const whole = limit;
      let at = column * capacity;
      if (asked.mean) {
        for (let r = 0; r < rows; r++) buffer[at + r] = sums[r] / sums[2 * capacity + r];
        at += capacity;
      }
      if (asked.budget) {
        for (let r = 0; r < rows; r++) buffer[at + r] = sums[capacity + r] / whole;
        // Where x0 is the minimum nothing of nothing is spent.
        if (whole === 0) for (let r = 0; r < rows; r++) if (sums[capacity + r] === 0) buffer[at + r] = 0;
        at += capacity;
      }
      if (!asked.budget && !asked.bound) return;
      let broken = false;
      for (let r = 0; r < rows; r++) {
        const updates = sums[2 * capacity + r];
        // Before the first update there is no mean.
        const bound = updates === 0 ? Number.NaN : sharpBound(whole / updates, threshold);
        if (asked.bound) buffer[at + r] = bound;
        if (sums[r] > bound * updates && !atMost(sums[r] / updates, bound)) broken = true;
      }
      if (broken) violated = true;
    },
    report: (sum, spent, updates) =>
      terms === null ? null : boundReport(terms, { first, spent, sum, updates, violated, unmet: late }),
  };
}
