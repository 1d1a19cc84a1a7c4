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
  let sum = 0;
  let spent = 0;
  let updates = 0;
  let violated = false;

  return {
    now,
    watch: (clip) => (tensors, squares, norm, reports, context) => {
      sum += norm;
      spent += (norm < threshold ? norm : threshold) * norm;
      updates++;
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
      const counts = Number.isNaN(norm) ? 0 : 1;
      const total = updates + counts;
      now.mean = total === 0 ? Number.NaN : (counts === 0 ? sum : sum + norm) / total;
      const all = counts === 0 ? spent : spent + (norm < threshold ? norm : threshold) * norm;
      now.spent = limit === 0 ? (all === 0 ? 0 : Infinity) : all / limit;
      now.bound = total === 0 ? Number.NaN : sharpBound(Math.sqrt(limit / total), threshold);
      if (now.mean > now.bound && !atMost(now.mean, now.bound)) violated = true;
    },
    report: () =>
      terms === null ? null : boundReport(terms, { first, spent, sum, updates, violated, unmet: late }),
  };
}
