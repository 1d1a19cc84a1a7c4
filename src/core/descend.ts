import type { Rule } from './clipping/rule.js';
import {
  type Batch,
  commitRow,
  mustFlush,
  newRecorder,
  type OptionalField,
  STANDARD_COLUMNS,
  takeBatch,
} from './columns.js';
import { digestOf } from './digest.js';
import { heldOut } from './evaluate.js';
import { newReport, type Report } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, copy, nextNonFinite, type Vector } from './kernels/vector.js';
import { views } from './layout.js';
import type { ObjectivePlan } from './objectives/objective.js';
import type { Schedule } from './schedules/schedule.js';
import type { State, Transform } from './transform.js';

export type StopReason =
  | 'CONVERGED'
  | 'MAX_ITERATIONS'
  | 'TARGET_REACHED'
  | 'DEADLINE'
  | 'CANCELLED'
  | 'DIVERGED';

export interface Problem {
  readonly plan: ObjectivePlan;
  /** Flat; null for the objective's own start. */
  readonly start: Vector | null;
  readonly rule: Rule;
  readonly transform: Transform;
  readonly learningRate: number;
  readonly schedule: Schedule | null;
  readonly maxIterations: number;
  readonly gradientTolerance: number;
  /** -Infinity for none. */
  readonly targetValue: number;
  readonly every: number;
  readonly evaluateEvery: number;
  readonly fields: readonly OptionalField[];
}

export interface Outcome {
  readonly reason: StopReason;
  readonly detail: string;
  /** Updates made. */
  readonly iterations: number;
  readonly parameters: Vector;
  readonly bestParameters: Vector;
  readonly value: number;
  readonly bestValue: number;
  readonly gradientNorm: number;
  readonly evaluations: number;
  readonly meanGradientNorm: number;
  readonly clippedFraction: number;
  readonly evaluation: { readonly name: string; readonly value: number }[];
  readonly digest: string;
}

/** What the driver of a run says at every iteration: go on, hand out the rows so far, or stop. */
export const GO = 0;
export const FLUSH = 1;
export const CANCEL = 2;
export const EXPIRE = 3;
export type Verdict = typeof GO | typeof FLUSH | typeof CANCEL | typeof EXPIRE;

export const columnNames = ({ plan, fields }: Pick<Problem, 'plan' | 'fields'>): string[] => [
  ...STANDARD_COLUMNS,
  ...(fields.includes('parameterNorm') ? ['parameterNorm'] : []),
  ...(fields.includes('evaluation') ? plan.evaluationColumns : []),
];

/** Rows per batch: enough that a message costs little per row, and below 128 KiB, where fresh memory would be mapped page by page. */
const rowsPerBatch = (columns: number): number => Math.max(64, Math.floor(12288 / columns));

/**
 * Clipped descent: x ← x + T(clip(∇f(x))). Yields batches of metrics, returns the outcome.
 *
 * Synchronous and free of I/O: whoever drives it owns time, transport and cancellation, through `poll`, which
 * is asked once per iteration between evaluation and update. Iteration k reports f(x_k) and ‖∇f(x_k)‖; the
 * last row made no update. Neither `poll` nor the size of the batches touches a number.
 */
export function* descend(p: Problem, poll: () => Verdict): Generator<Batch, Outcome, void> {
  const run = start(p);
  for (;;) {
    const reason = run.advance(poll);
    const batch = takeBatch(run.recorder);
    if (batch !== null) yield batch;
    if (reason !== null) return run.outcome(reason);
  }
}

/** What changes from iteration to iteration; fields of one object, because captured variables would be boxed. */
interface Progress {
  k: number;
  value: number;
  gradientNorm: number;
  bestValue: number;
  evaluations: number;
  sumOfNorms: number;
  clippedSteps: number;
}

function start(p: Problem) {
  const objective = p.plan.create();
  const { x, gradient } = objective;
  if (p.start !== null) x.set(p.start);
  const xs = views(p.plan.layout, x);
  const gs = views(p.plan.layout, gradient);
  const { rule, transform, schedule, every, evaluateEvery } = p;
  const reports = rule.groups(p.plan.layout.tensors.map(({ name }) => name)).map(newReport);
  const report = reports[0] as Report;
  const squares = new Float64Array(gs.length);
  const names = columnNames(p);
  const recorder = newRecorder(names.length, every, rowsPerBatch(names.length));
  const { capacity } = recorder;
  const withParameterNorm = p.fields.includes('parameterNorm');
  const held = p.fields.includes('evaluation') ? new Float64Array(p.plan.evaluationColumns.length) : null;
  const step = { count: 1, learningRate: p.learningRate };
  const best = x.slice();
  const now: Progress = {
    k: 0,
    value: Number.NaN,
    gradientNorm: Number.NaN,
    bestValue: Number.POSITIVE_INFINITY,
    evaluations: 0,
    sumOfNorms: 0,
    clippedSteps: 0,
  };
  let state: State = transform.init(xs);
  let ended: StopReason | null = null;
  let detail = '';

  /** Why the run ends at iteration k, or null. */
  function stopReason(k: number, verdict: Verdict): StopReason | null {
    const { value, gradientNorm } = now;
    if (!Number.isFinite(value) || (!Number.isFinite(gradientNorm) && nextNonFinite(gradient) !== -1)) {
      detail = divergence(value, gradient, k);
      return 'DIVERGED';
    }
    if (gradientNorm <= p.gradientTolerance) return 'CONVERGED';
    if (value <= p.targetValue) return 'TARGET_REACHED';
    if (k >= p.maxIterations) return 'MAX_ITERATIONS';
    return verdict === CANCEL ? 'CANCELLED' : verdict === EXPIRE ? 'DEADLINE' : null;
  }

  /** Writes the row of iteration k but for `updateNorm`, which is known last, and counts it. */
  function write(k: number, clippedNorm: number, scale: number, last: boolean): void {
    const { buffer, rows: row } = recorder;
    buffer[row] = now.value;
    buffer[capacity + row] = now.gradientNorm;
    buffer[2 * capacity + row] = clippedNorm;
    buffer[3 * capacity + row] = scale;
    buffer[4 * capacity + row] = step.learningRate;
    if (names.length > STANDARD_COLUMNS.length) writeOptional(k, last);
    commitRow(recorder, k);
  }

  function writeOptional(k: number, last: boolean): void {
    const { buffer, rows: row } = recorder;
    let column = STANDARD_COLUMNS.length;
    if (withParameterNorm) buffer[column++ * capacity + row] = norm2(xs, squares);
    if (held === null) return;
    if (last || k % evaluateEvery === 0) objective.evaluate?.(held);
    else held.fill(Number.NaN);
    for (let i = 0; i < held.length; i++) buffer[column++ * capacity + row] = held[i] as number;
  }

  /** The last row: no update was made. Null when the rows before it have to be handed out first. */
  function finish(reason: StopReason): StopReason | null {
    ended = reason;
    if (mustFlush(recorder, now.k)) return null;
    write(now.k, now.gradientNorm, 1, true);
    recorder.buffer[5 * capacity + recorder.rows - 1] = 0;
    return reason;
  }

  function anyClipped(): boolean {
    for (let i = 0; i < reports.length; i++) if ((reports[i] as Report).clipped) return true;
    return false;
  }

  /** Iterates until the run has ended (its reason) or its rows should be handed out (null). */
  function advance(poll: () => Verdict): StopReason | null {
    if (ended !== null) return finish(ended);
    for (let k = now.k; ; k++) {
      now.k = k;
      const recorded = every === 1 || k % every === 0;
      if (recorded && recorder.rows === capacity) return null;
      if (objective.select !== undefined) objective.select(k);
      const value = objective.valueAndGradient();
      const gradientNorm = norm2(gs, squares);
      now.value = value;
      now.gradientNorm = gradientNorm;
      now.evaluations++;
      if (value < now.bestValue) {
        now.bestValue = value;
        copy(x, best);
      }
      step.count = k + 1;
      if (schedule !== null) step.learningRate = schedule.rate(p.learningRate, k);
      const verdict = poll();
      const stop = stopReason(k, verdict);
      if (stop !== null) return finish(stop);
      now.sumOfNorms += gradientNorm;

      rule.clip(gs, squares, reports);
      const clipped = anyClipped();
      if (clipped) now.clippedSteps++;
      if (recorded) {
        if (!clipped) write(k, gradientNorm, 1, false);
        else if (rule.euclidean) write(k, report.clippedNorm, report.scale, false);
        else {
          const clippedNorm = norm2(gs, squares);
          write(k, clippedNorm, clippedNorm / gradientNorm, false);
        }
      }
      state = transform.update(gs, state, xs, step);
      axpy(x, 1, gradient);
      if (recorded) recorder.buffer[5 * capacity + recorder.rows - 1] = norm2(gs, squares);
      if (verdict === FLUSH) {
        now.k = k + 1;
        return null;
      }
    }
  }

  function outcome(reason: StopReason): Outcome {
    const { k, value, bestValue, gradientNorm, evaluations, sumOfNorms, clippedSteps } = now;
    return {
      reason,
      detail,
      iterations: k,
      parameters: x.slice(),
      bestParameters: best,
      value,
      bestValue,
      gradientNorm,
      evaluations,
      meanGradientNorm: k === 0 ? gradientNorm : sumOfNorms / k,
      clippedFraction: k === 0 ? 0 : clippedSteps / k,
      evaluation: heldOut(p.plan, objective),
      digest: digestOf(x, best, [value, gradientNorm]),
    };
  }

  return { advance, recorder, outcome };
}

function divergence(value: number, gradient: Vector, k: number): string {
  if (!Number.isFinite(value)) return `the value at iteration ${k} is ${value}`;
  const at = nextNonFinite(gradient);
  return `component ${at} of the gradient at iteration ${k} is ${gradient[at]}`;
}
