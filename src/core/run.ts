import type { Rule } from './clipping/rule.js';
import type { OptionalField } from './columns.js';
import type { Vector } from './kernels/vector.js';
import type { ObjectivePlan } from './objectives/objective.js';
import type { Schedule } from './schedules/schedule.js';
import type { SkipOptions } from './skip.js';
import type { BoundReport, BoundTerms } from './theory/bound.js';
import type { Transform } from './transform.js';

export type StopReason =
  | 'CONVERGED'
  | 'MAX_ITERATIONS'
  | 'TARGET_REACHED'
  | 'DEADLINE'
  | 'CANCELLED'
  | 'DIVERGED';

/** A descent ready to start. */
export interface Problem {
  readonly plan: ObjectivePlan;
  /** Flat; null for the objective's own start. */
  readonly start: Vector | null;
  readonly rule: Rule;
  readonly skip: SkipOptions | null;
  readonly transform: Transform;
  readonly learningRate: number;
  /** Numbers that `transform` keeps of each parameter. */
  readonly statePerParameter: number;
  /** Whether `transform` looks at f(x). */
  readonly usesValue: boolean;
  readonly schedule: Schedule | null;
  /** Of a rule that has a threshold. */
  readonly thresholdSchedule: Schedule | null;
  readonly maxIterations: number;
  readonly gradientTolerance: number;
  /** -Infinity for none. */
  readonly targetValue: number;
  readonly every: number;
  readonly evaluateEvery: number;
  readonly fields: readonly OptionalField[];
  /** Of the convergence bound, where a column or the result needs it. */
  readonly bound: BoundTerms | null;
  /**
   * The objective without noise, for `smoothness` on a fixed batch: a plan of its own, as a network is created once;
   * `plan` when absent.
   */
  readonly exact?: ObjectivePlan;
}

/** What came of it. */
export interface Outcome {
  readonly reason: StopReason;
  readonly detail: string;
  /** Updates made and steps skipped. */
  readonly iterations: number;
  readonly skippedSteps: number;
  readonly parameters: Vector;
  readonly bestParameters: Vector;
  /** The average of an optimizer that makes one; null of all others. */
  readonly evaluationParameters: Vector | null;
  readonly value: number;
  readonly bestValue: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly meanGradientNorm: number;
  readonly clippedFraction: number;
  readonly evaluation: { readonly name: string; readonly value: number }[];
  /** How the run compares with its convergence bound; null where nobody asked. */
  readonly bound: BoundReport | null;
  readonly digest: string;
}
