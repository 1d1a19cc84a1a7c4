import { type OptionalField, type Recorder, STANDARD_COLUMNS } from '../columns.js';
import { norm2 } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import type { Objective } from '../objectives/objective.js';
import type { Problem } from '../run.js';
import type { BoundReport } from '../theory/bound.js';
import { type Ledger, newLedger } from './ledger.js';
import { newSecant } from './secant.js';

/** The columns of a run, in the order in which they are written. */
export function columnNames({ plan, fields }: Pick<Problem, 'plan' | 'fields'>): readonly string[] {
  const has = (field: OptionalField): readonly string[] => (fields.includes(field) ? [field] : []);
  return [
    ...STANDARD_COLUMNS,
    ...has('parameterNorm'),
    ...(fields.includes('evaluation') ? plan.evaluationColumns : []),
    ...has('smoothness'),
    ...has('meanGradientNorm'),
    ...has('budget'),
    ...has('bound'),
  ];
}

export interface OptionalColumns {
  /** Writes the columns that are about x_k, after its evaluation and before its update; null where there are none. */
  readonly write: ((recorder: Recorder, row: number, k: number, last: boolean) => void) | null;
  /** Of the columns that are about all updates; null where there are none. */
  readonly ledger: Ledger | null;
  /** Writes what the ledger says of the rows of a batch. */
  settle(recorder: Recorder): void;
  /** Evaluations that the columns took. */
  evaluations(): number;
  /** From Σ ‖g‖, Σ min(‖g‖, c) ‖g‖ and the count of all updates. */
  report(sum: number, spent: number, updates: number): BoundReport | null;
}

export function newOptionalColumns(
  p: Problem,
  objective: Objective,
  xs: readonly Vector[],
  squares: Float64Array,
  capacity: number,
): OptionalColumns {
  const { fields, evaluateEvery } = p;
  const stochastic = objective.select !== undefined;
  const withParameterNorm = fields.includes('parameterNorm');
  const held = fields.includes('evaluation') ? new Float64Array(p.plan.evaluationColumns.length) : null;
  const secant = fields.includes('smoothness') ? newSecant(objective, p.exact ?? p.plan, !stochastic) : null;
  const asked = {
    mean: fields.includes('meanGradientNorm'),
    budget: fields.includes('budget'),
    bound: fields.includes('bound'),
  };
  const ledger =
    asked.mean || asked.budget || asked.bound
      ? newLedger(
          p.bound,
          stochastic ? 'the gradients are those of mini-batches, or noisy' : null,
          asked,
          capacity,
        )
      : null;
  const ofLedger =
    STANDARD_COLUMNS.length + (withParameterNorm ? 1 : 0) + (held?.length ?? 0) + (secant ? 1 : 0);

  function write({ buffer, capacity }: Recorder, row: number, k: number, last: boolean): void {
    let at = STANDARD_COLUMNS.length * capacity + row;
    if (withParameterNorm) {
      buffer[at] = norm2(xs, squares);
      at += capacity;
    }
    if (held !== null) {
      if (last || k % evaluateEvery === 0) objective.evaluate?.(held);
      else held.fill(Number.NaN);
      for (let i = 0; i < held.length; i++, at += capacity) buffer[at] = held[i] as number;
    }
    if (secant !== null) buffer[at] = secant.measure();
  }

  return {
    write: ofLedger > STANDARD_COLUMNS.length ? write : null,
    ledger,
    settle: (recorder) => ledger?.settle(recorder, ofLedger),
    evaluations: () => secant?.evaluations() ?? 0,
    report: (sum, spent, updates) =>
      asked.budget || asked.bound ? (ledger?.report(sum, spent, updates) ?? null) : null,
  };
}
