import './v8-flags.js';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import type { RunJob } from '../app/runner.js';
import { type ComputationName, type Computations, compute } from '../core/computations.js';
import { descend } from '../core/descend.js';
import { Failure, type FailureDetails, type Reason } from '../core/failure.js';
import { installAccelerator } from '../core/kernels/accelerator.js';
import { buildProblem } from '../core/problem.js';
import type { Outcome } from '../core/run.js';
import { giveBack } from './collect.js';
import { type Control, hasRoom, LOADED, stopped, waitForRoom } from './control.js';
import { openDataDirectory } from './data-directory.js';
import { newOutbox, newPoll } from './drive.js';
import { openOpenBlas } from './openblas.js';
import { transferables } from './transfer.js';

export type Job =
  | { readonly kind: 'compute'; readonly name: ComputationName; readonly request: unknown }
  | { readonly kind: 'run'; readonly job: RunJob; readonly control: Control; readonly port: MessagePort };

/** What a job answers. Errors travel as data, so a rejected job always means a lost worker. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly startedAt: number; readonly computeMs: number }
  | { readonly ok: false; readonly failure: { reason: Reason; message: string } & FailureDetails };

/** What every job of a thread has in common. */
export interface Surroundings {
  readonly dataDirectory: string | null;
  readonly blasLibrary: string | null;
}

const { dataDirectory, blasLibrary } = workerData as Surroundings;
const datasets = openDataDirectory(dataDirectory);
if (blasLibrary !== null) installAccelerator(openOpenBlas(blasLibrary));

parentPort?.postMessage(LOADED);

/** Entry point of a pool thread. */
export default function work(task: Job): unknown {
  const startedAt = Date.now();
  const start = performance.now();
  const answer = (value: unknown): Answer<unknown> => ({
    ok: true,
    value,
    startedAt,
    computeMs: performance.now() - start,
  });
  try {
    if (task.kind === 'compute') return moved(answer(once(task)));
    const { outcome, bytes } = run(task.job, task.control, task.port);
    giveBack(bytes);
    return moved(answer(outcome));
  } catch (error) {
    return { ok: false, failure: asData(error) } satisfies Answer<never>;
  } finally {
    if (task.kind === 'run') {
      task.port.postMessage(null);
      task.port.close();
    }
  }
}

function once({ name, request }: { name: ComputationName; request: unknown }): unknown {
  return compute(name, request as Computations[ComputationName]['request'], datasets);
}

function run(
  job: RunJob,
  control: Control,
  port: MessagePort,
): { readonly outcome: Outcome; readonly bytes: number } {
  const problem = buildProblem(job.spec, { ...job.context, datasets });
  const outbox = newOutbox(
    job.delivery,
    {
      has: (sent) => hasRoom(control, sent),
      wait: (sent) => waitForRoom(control, sent, job.deadline),
    },
    (batch, dropped) => port.postMessage({ ...batch, dropped }, [batch.values.buffer]),
  );
  const steps = descend(
    problem,
    newPoll(() => stopped(control), outbox.ready, job.flushMs, job.deadline),
  );
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) {
      outbox.close();
      return { outcome: step.value, bytes: problem.plan.bytes };
    }
    outbox.add(step.value);
  }
}

/** Hands the buffers of the answer over instead of copying them. */
const moved = (answer: Answer<unknown>): unknown =>
  move({ [transferableSymbol]: transferables(answer), [valueSymbol]: answer } as never);

function asData(error: unknown): { reason: Reason; message: string } & FailureDetails {
  const { reason, message, violations, metadata, cause } = Failure.from(error);
  const original = cause instanceof Error ? cause : error;
  return {
    reason,
    message,
    violations,
    metadata,
    ...(reason === 'INTERNAL' && {
      cause: original instanceof Error ? (original.stack ?? original.message) : String(original),
    }),
  };
}
