import type { Rule } from '../clipping/rule.js';
import { atMost, type BoundReport, type BoundTerms, boundReport, thetaOf } from '../theory/bound.js';
import { budget, kappa, sharpBound } from '../theory/clipped-descent.js';

/** Sums over the updates of a run, and what the convergence bound says of them. */
export interface Ledger {
  /** The rule, counting what it clips. */
  watch(clip: Rule['clip']): Rule['clip'];
  /** Takes f(x0), from which the gap to the minimum follows. */
  begin(value: number): void;
  /** The sums with ‖g‖ = `norm` as one update more, or without it if `norm` is NaN. */
  at(norm: number): void;
  /** Of the last `at`: mean ‖g‖, spent part of the budget, bound of the mean; NaN where there is none. */
  readonly now: { mean: number; spent: number; bound: number };
  report(): BoundReport | null;
}

/** `stochastic` says why the gradients are not those of f, if they are not. */
export function newLedger(terms: BoundTerms | null, stochastic: string | null): Ledger {
  const threshold = terms === null ? Infinity : terms.threshold;
  const now = { mean: Number.NaN, spent: Number.NaN, bound: Number.NaN };
  const late: string[] = stochastic === null ? [] : [stochastic];
  let first = Number.NaN;
  /** Δ0/(κγ); NaN where the conditions of the bound do not hold. */
  let limit = Number.NaN;
  // Σ ‖g‖, Σ min(‖g‖, c) ‖g‖ and the updates. In an array: a number that a closure changes is allocated at each change.
  const sums = new Float64Array(3);
  let violated = false;

  return {
    now,
    watch: (clip) => (tensors, squares, norm, reports, context) => {
      sums[0] += norm;
      sums[1] += Math.min(norm, threshold) * norm;
      sums[2]++;
      clip(tensors, squares, norm, reports, context);
    },
    begin(value) {
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
    },
    at(norm) {
      const counts = !Number.isNaN(norm);
      const added = counts ? norm : 0;
      const total = (sums[2] as number) + (counts ? 1 : 0);
      const all = (sums[1] as number) + Math.min(added, threshold) * added;
      const mean = total === 0 ? Number.NaN : ((sums[0] as number) + added) / total;
      const bound = total === 0 ? Number.NaN : sharpBound(Math.sqrt(limit / total), threshold);
      now.mean = mean;
      now.spent = limit === 0 ? (all === 0 ? 0 : Infinity) : all / limit;
      now.bound = bound;
      if (mean > bound && !atMost(mean, bound)) violated = true;
    },
    report() {
      if (terms === null) return null;
      const [sum = 0, spent = 0, updates = 0] = sums;
      return boundReport(terms, { first, spent, sum, updates, violated, unmet: late });
    },
  };
}
