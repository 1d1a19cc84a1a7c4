import { commitRow, mustFlush } from './columns.js';
import type { Report } from './kernels/clip.js';
import { norm2, norm2OfOne } from './kernels/norm.js';
import { axpy, copy, nextNonFinite, type Vector } from './kernels/vector.js';
import type { StopReason } from './run.js';
import { skips } from './skip.js';
import type { Run } from './start-run.js';

/** What the driver of a run says at every iteration: go on, hand out the rows so far, or stop. */
export const GO = 0;
export const FLUSH = 1;
export const CANCEL = 2;
export const EXPIRE = 3;
export type Verdict = typeof GO | typeof FLUSH | typeof CANCEL | typeof EXPIRE;

/**
 * Iterations after which the loop below reads its locals again. V8 compiles it while it is running, when the types of the
 * locals could be anything, and checks them at every use; of those read within what it compiles it knows the types, and
 * an iteration of a small problem takes a fifth less.
 */
const STRETCH = 256;

/**
 * Iterates until the run has ended (its reason) or its rows should be handed out (null). All that an iteration reads or
 * changes is local: what is imported, or a variable of a closure, V8 looks up at every iteration, and the same loop over
 * such takes a quarter more.
 */
export function iterate(run: Run, poll: () => Verdict): StopReason | null {
  if (run.now.ended !== null) return finish(run, run.now.ended);
  for (;;) {
    const { problem, objective, now, recorder, gs, squares, best, skipCounters } = run;
    const { x, gradient, valueAndGradient, select } = objective;
    const { skip, learningRate, usesValue, maxIterations, gradientTolerance, targetValue, every } = problem;
    const { clip } = problem.rule;
    const euclidean = problem.rule.euclidean === true;
    const { update, apply } = problem.transform;
    const { xs, clipContext, reports, step } = run;
    const { write, ledger } = run.optional;
    const { buffer, capacity } = recorder;
    const [norm, normOfOne, add, copyTo, cancel, flush] = [norm2, norm2OfOne, axpy, copy, CANCEL, FLUSH];
    const only = gs.length === 1 ? (gs[0] as Vector) : null;
    const report = reports[0] as Report;
    const alone = reports.length === 1;
    const scheduled = problem.schedule !== null || problem.thresholdSchedule !== null;
    // What few runs have is asked for at once, which is a fiftieth of a small iteration.
    const guided = usesValue || skip !== null || scheduled;
    let { k, bestValue, sumOfNorms, spent, clippedSteps, state } = now;
    let updates = k - now.skippedSteps;
    let row = recorder.rows;
    let nextRow = Math.ceil(k / every) * every;
    let reason: StopReason | null = null;
    let left = STRETCH;
    for (; left > 0; left--) {
      const recorded = k === nextRow;
      if (recorded && row === capacity) break;
      if (select !== undefined) select(k);
      const value = valueAndGradient(x, gradient);
      const gradientNorm = only === null ? norm(gs, squares) : normOfOne(only, squares);
      if (value < bestValue && value > -Infinity) {
        bestValue = value;
        copyTo(x, best);
      }
      step.count = updates + 1;
      let skipped = false;
      if (guided) {
        if (usesValue) step.value = value;
        if (skip !== null)
          skipped = skips(skip, skipCounters, allFinite(value, gradientNorm, gradient), gradientNorm);
        if (scheduled && !skipped) follow(run, updates, value);
      }
      const verdict = poll();
      const goesOn =
        gradientNorm > gradientTolerance &&
        gradientNorm < Infinity &&
        value > targetValue &&
        value < Infinity &&
        k < maxIterations &&
        verdict < cancel;
      if (!goesOn) {
        now.k = k;
        now.value = value;
        now.gradientNorm = gradientNorm;
        reason = stopReason(run, verdict, skipped);
        if (reason !== null) break;
      }
      // What the row of a skipped gradient says.
      let clippedNorm = 0;
      let scale = 0;
      let updateNorm = 0;
      if (recorded && write !== null) write(recorder, row, k, false);
      if (!skipped) {
        updates++;
        sumOfNorms += gradientNorm;
        if (ledger !== null) spent += Math.min(gradientNorm, ledger.threshold) * gradientNorm;
        clip(gs, squares, gradientNorm, reports, clipContext);
        const clipped = alone ? report.clipped : anyClipped(reports);
        if (clipped) clippedSteps++;
        if (recorded)
          if (euclidean) {
            clippedNorm = report.clippedNorm;
            scale = report.scale;
          } else {
            clippedNorm = clipped ? norm(gs, squares) : gradientNorm;
            scale = clipped ? clippedNorm / gradientNorm : 1;
          }
        if (apply !== undefined) state = apply(gs, state, xs, step, recorded);
        else {
          state = update(gs, state, xs, step);
          add(x, 1, gradient);
        }
        if (recorded) updateNorm = only === null ? norm(gs, squares) : normOfOne(only, squares);
      }
      if (recorded) {
        // Where a column ends the next begins; `| 0` because V8 then needs not look for an overflow.
        let at = row;
        buffer[at] = value;
        at = (at + capacity) | 0;
        buffer[at] = gradientNorm;
        at = (at + capacity) | 0;
        buffer[at] = clippedNorm;
        at = (at + capacity) | 0;
        buffer[at] = scale;
        at = (at + capacity) | 0;
        buffer[at] = step.learningRate;
        at = (at + capacity) | 0;
        buffer[at] = updateNorm;
        if (ledger !== null) ledger.note(row, sumOfNorms, spent, updates);
        if (row === 0) recorder.firstIteration = k;
        row++;
        nextRow += every;
      }
      step.learningRate = learningRate;
      k++;
      if (verdict === flush) break;
    }
    recorder.rows = row;
    now.k = k;
    now.bestValue = bestValue;
    now.sumOfNorms = sumOfNorms;
    now.spent = spent;
    now.clippedSteps = clippedSteps;
    now.skippedSteps = k - updates;
    now.state = state;
    if (reason !== null) return finish(run, reason);
    if (left > 0) return null;
  }
}

/** Sets learning rate and threshold of update k, whose value may decide about the ones after it. */
function follow(run: Run, k: number, value: number): void {
  const { schedule, thresholdSchedule, learningRate } = run.problem;
  if (schedule !== null) run.step.learningRate = schedule.rate(learningRate, k, value, run.scheduleMemory);
  if (thresholdSchedule !== null)
    run.threshold.value = thresholdSchedule.rate(run.baseThreshold, k, value, run.thresholdMemory);
}

function anyClipped(reports: readonly Report[]): boolean {
  for (let i = 0; i < reports.length; i++) if ((reports[i] as Report).clipped) return true;
  return false;
}

const allFinite = (value: number, gradientNorm: number, gradient: Vector): boolean =>
  Number.isFinite(value) && (Number.isFinite(gradientNorm) || nextNonFinite(gradient) === -1);

/** Why the run ends here, or null. */
function stopReason({ problem, objective, now }: Run, verdict: Verdict, skipped: boolean): StopReason | null {
  const { k, value, gradientNorm } = now;
  const { gradient } = objective;
  if (!skipped && !allFinite(value, gradientNorm, gradient)) {
    const why = objective.explain?.() ?? '';
    now.detail = divergence(value, gradient, k) + (why === '' ? '' : `: ${why}`);
    return 'DIVERGED';
  }
  if (gradientNorm <= problem.gradientTolerance) return 'CONVERGED';
  if (value <= problem.targetValue && value > -Infinity) return 'TARGET_REACHED';
  if (k >= problem.maxIterations) return 'MAX_ITERATIONS';
  return verdict === CANCEL ? 'CANCELLED' : verdict === EXPIRE ? 'DEADLINE' : null;
}

function divergence(value: number, gradient: Vector, k: number): string {
  if (!Number.isFinite(value)) return `the value at iteration ${k} is ${value}`;
  const at = nextNonFinite(gradient);
  return `component ${at} of the gradient at iteration ${k} is ${gradient[at]}`;
}

/** The last row: no update was made. Null when the rows before it have to be handed out first. */
function finish({ now, recorder, step, optional }: Run, reason: StopReason): StopReason | null {
  now.ended = reason;
  const { k, value, gradientNorm, sumOfNorms, spent, skippedSteps } = now;
  if (mustFlush(recorder, k)) return null;
  const { buffer, capacity, rows: row } = recorder;
  [value, gradientNorm, gradientNorm, 1, step.learningRate, 0].forEach((metric, c) => {
    buffer[c * capacity + row] = metric;
  });
  optional.write?.(recorder, row, k, true);
  optional.ledger?.note(row, sumOfNorms, spent, k - skippedSteps);
  commitRow(recorder, k);
  return reason;
}
