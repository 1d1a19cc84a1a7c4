import { type Batch, takeBatch } from './columns.js';
import { digestOf } from './digest.js';
import { heldOut } from './evaluate.js';
import { iterate, type Verdict } from './iterate.js';
import type { Vector } from './kernels/vector.js';
import { views } from './layout.js';
import type { Outcome, Problem, StopReason } from './run.js';
import { type Run, startRun } from './start-run.js';

/**
 * Clipped descent: x ← x + T(clip(∇f(x))). Yields batches of metrics, returns the outcome.
 *
 * Synchronous and free of I/O: whoever drives it owns time, transport and cancellation, through `poll`, which
 * is asked once per iteration between evaluation and update. Iteration k reports f(x_k) and ‖∇f(x_k)‖; the
 * last row made no update. Neither `poll` nor the size of the batches touches a number.
 */
export function* descend(problem: Problem, poll: () => Verdict): Generator<Batch, Outcome, void> {
  const run = startRun(problem);
  for (;;) {
    const reason = iterate(run, poll);
    run.optional.settle(run.recorder);
    const batch = takeBatch(run.recorder);
    if (batch !== null) yield batch;
    if (reason !== null) return outcomeOf(run, reason);
  }
}

function outcomeOf(run: Run, reason: StopReason): Outcome {
  const { problem, objective, optional, best } = run;
  const { k, value, gradientNorm, sumOfNorms, spent, skippedSteps, ...now } = run.now;
  const updates = k - skippedSteps;
  const { x } = objective;
  return {
    reason,
    detail: now.detail,
    iterations: k,
    skippedSteps,
    parameters: x.slice(),
    bestParameters: best,
    evaluationParameters: averageOf(run),
    value,
    bestValue: now.bestValue,
    gradientNorm,
    evaluations: k + 1 + run.probe.evaluations() + optional.evaluations(),
    meanGradientNorm: updates === 0 ? gradientNorm : sumOfNorms / updates,
    clippedFraction: updates === 0 ? 0 : now.clippedSteps / updates,
    evaluation: heldOut(problem.plan, objective),
    bound: optional.report(sumOfNorms, spent, updates),
    digest: digestOf(x, best, [value, gradientNorm]),
  };
}

function averageOf({ problem, objective, xs, now }: Run): Vector | null {
  const { transform, plan } = problem;
  if (transform.average === undefined) return null;
  const flat = objective.x.slice();
  const average = transform.average(now.state, xs);
  views(plan.layout, flat).forEach((slot, t) => {
    slot.set(average[t] as Vector);
  });
  return flat;
}
