import { setImmediate as breathe } from 'node:timers/promises';
import type { Runner } from '../app/runner.js';
import { compute } from '../core/computations.js';
import type { Datasets } from '../core/datasets.js';
import { descend } from '../core/descend.js';
import { buildProblem } from '../core/problem.js';
import { newPoll } from './drive.js';
import { cancelled } from './slots.js';

const SLICE_MS = 5;

/** Executes on the calling thread, runs in slices of a few milliseconds: for embedding and for tests. */
export function inlineRunner(datasets: Datasets): Runner {
  let interrupted = false;
  return {
    compute: async (name, request) => compute(name, request, datasets),
    async *run(job, { signal }) {
      const startedAt = performance.now();
      const problem = buildProblem(job.spec, { ...job.context, datasets });
      const poll = newPoll(
        () => interrupted || signal.aborted,
        Math.min(job.flushMs, SLICE_MS),
        job.deadline,
      );
      const steps = descend(problem, poll);
      for (let step = steps.next(); ; step = steps.next()) {
        if (step.done) {
          if (signal.aborted) throw cancelled();
          return { outcome: step.value, computeMs: performance.now() - startedAt };
        }
        yield { ...step.value, dropped: 0 };
        await breathe();
      }
    },
    interrupt() {
      interrupted = true;
    },
    close: async () => {},
  };
}
