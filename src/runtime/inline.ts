import { setImmediate as breathe } from 'node:timers/promises';
import type { Runner } from '../app/runner.js';
import { compute } from '../core/computations.js';
import type { Datasets } from '../core/datasets.js';
import { descend } from '../core/descend.js';
import { buildProblem } from '../core/problem.js';
import { newPoll } from './drive.js';
import { assertAwaited } from './slots.js';

const SLICE_MS = 5;

/** Executes on the calling thread, runs in slices of a few milliseconds: for embedding and for tests. */
export function inlineRunner(datasets: Datasets): Runner {
  let interrupted = false;
  return {
    compute: (name, request) => compute(name, request, datasets),
    parallelRuns: 1,
    async *run(given, { signal }) {
      const job = typeof given === 'function' ? given() : given;
      assertAwaited(signal, job.deadline);
      const startedAt = performance.now();
      const problem = buildProblem(job.spec, { ...job.context, datasets });
      const sliceMs = Math.min(job.flushMs, SLICE_MS);
      // The reader's own time is no part of a slice.
      let sliceEnd = performance.now() + sliceMs;
      const poll = newPoll(
        () => interrupted || signal.aborted,
        () => performance.now() >= sliceEnd,
        0,
        job.deadline,
      );
      const steps = descend(problem, poll);
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) return { outcome: step.value, computeMs: performance.now() - startedAt };
        yield { ...step.value, dropped: 0 };
        await breathe();
        sliceEnd = performance.now() + sliceMs;
      }
    },
    interrupt() {
      interrupted = true;
    },
    close: async () => {},
  };
}
