import type { Rule } from '../clipping/rule.js';
import { type OptionalField, type Recorder, STANDARD_COLUMNS } from '../columns.js';
import { norm2 } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import type { Objective } from '../objectives/objective.js';
import type { Problem } from '../run.js';
import type { BoundReport } from '../theory/bound.js';
import { newLedger } from './ledger.js';
import { newSecant } from './secant.js';

/** What the iteration of a row does: it updates x, its gradient is left out, or it is the last and does nothing. */
export const UPDATED = 0;
export const SKIPPED = 1;
export const LAST = 2;
export type Deed = typeof UPDATED | typeof SKIPPED | typeof LAST;

/** Columns beside the standard ones, in the order in which they are written. */
export function optionalNames({ plan, fields }: Pick<Problem, 'plan' | 'fields'>): readonly string[] {
  const has = (field: OptionalField): readonly string[] => (fields.includes(field) ? [field] : []);
  return [
    ...has('parameterNorm'),
    ...(fields.includes('evaluation') ? plan.evaluationColumns : []),
    ...has('smoothness'),
    ...has('meanGradientNorm'),
    ...has('budget'),
    ...has('bound'),
  ];
}

export interface OptionalColumns {
  /** The rule; counting, where a column needs the sums over all updates. */
  watch(clip: Rule['clip']): Rule['clip'];
  /** Writes the columns of iteration k, after its evaluation and before its update. */
  write(recorder: Recorder, row: number, k: number, value: number, norm: number, deed: Deed): void;
  /** Evaluations that the columns took. */
  evaluations(): number;
  report(): BoundReport | null;
}

export function newOptionalColumns(
  p: Problem,
  objective: Objective,
  xs: readonly Vector[],
  squares: Float64Array,
): OptionalColumns {
  const { fields, evaluateEvery } = p;
  const stochastic = objective.select !== undefined;
  const withParameterNorm = fields.includes('parameterNorm');
  const held = fields.includes('evaluation') ? new Float64Array(p.plan.evaluationColumns.length) : null;
  const secant = fields.includes('smoothness') ? newSecant(objective, p.exact ?? p.plan, !stochastic) : null;
  const withMean = fields.includes('meanGradientNorm');
  const withBudget = fields.includes('budget');
  const withBound = fields.includes('bound');
  const ledger =
    withMean || withBudget || withBound
      ? newLedger(p.bound, stochastic ? 'the gradients are those of mini-batches, or noisy' : null)
      : null;

  return {
    watch: (clip) => (ledger === null ? clip : ledger.watch(clip)),
    evaluations: () => secant?.evaluations() ?? 0,
    report: () => (withBudget || withBound ? (ledger?.report() ?? null) : null),
    write({ buffer, capacity }, row, k, value, norm, deed) {
      let at = STANDARD_COLUMNS.length * capacity + row;
      if (withParameterNorm) {
        buffer[at] = norm2(xs, squares);
        at += capacity;
      }
      if (held !== null) {
        if (deed === LAST || k % evaluateEvery === 0) objective.evaluate?.(held);
        else held.fill(Number.NaN);
        for (let i = 0; i < held.length; i++, at += capacity) buffer[at] = held[i] as number;
      }
      if (secant !== null) {
        buffer[at] = secant.measure();
        at += capacity;
      }
      if (ledger === null) return;
      if (k === 0) ledger.begin(value);
      const { now } = ledger;
      ledger.at(deed === UPDATED ? norm : Number.NaN);
      if (withMean) {
        buffer[at] = now.mean;
        at += capacity;
      }
      if (withBudget) {
        buffer[at] = now.spent;
        at += capacity;
      }
      if (withBound) buffer[at] = now.bound;
    },
  };
}
