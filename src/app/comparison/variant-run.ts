import { Failure, type Reason } from '../../core/failure.js';
import type { RunSpec } from '../../core/problem.js';
import {
  type Bracket,
  type Course,
  isStable,
  type RateSearch,
  searchStableRate,
} from '../../core/stability.js';
import type { Observer } from '../observer.js';
import type { DeliveredBatch, Finished, RunJob } from '../runner.js';
import type { Turnstile } from './side-by-side.js';

/** How a run ended, none of which ends the others: with a result, or else why without. */
export type Ending =
  | { readonly finished: Finished; readonly failure: null; readonly course: Course }
  | { readonly finished: null; readonly failure: RunFailure };

interface RunFailure {
  readonly reason: 'DEADLINE' | 'WORKER_LOST';
  readonly detail: string;
}

interface Runs {
  readonly turnstile: Turnstile;
  readonly observer: Observer;
  /** The job of a run that has its slot. */
  readonly jobOf: (spec: RunSpec) => RunJob;
}

/** Executes a run and yields what `describe` makes of each batch, nothing where it gives null. */
export async function* follow<T>(
  { turnstile, observer, jobOf }: Runs,
  spec: RunSpec,
  describe: (batch: DeliveredBatch) => T | null,
): AsyncGenerator<T, Ending, void> {
  const course = { start: Number.NaN, beforeLast: Number.NaN, last: Number.NaN };
  const run = turnstile.run(() => jobOf(spec));
  try {
    for (;;) {
      const next = await run.next();
      if (next.done) {
        observer.runFinished(next.value.outcome);
        return { finished: next.value, failure: null, course };
      }
      advance(course, next.value);
      const described = describe(next.value);
      if (described !== null) yield described;
    }
  } catch (error) {
    const { reason, message: detail } = Failure.from(error);
    const own = FAILURES[reason];
    if (own === undefined || !turnstile.begun) throw error;
    return { finished: null, failure: { reason: own, detail } };
  } finally {
    await run.return(undefined as never);
  }
}

/** What happens to one run while the others go on. */
const FAILURES: Readonly<Partial<Record<Reason, RunFailure['reason']>>> = {
  DEADLINE: 'DEADLINE',
  DEADLINE_UNREACHABLE: 'DEADLINE',
  WORKER_LOST: 'WORKER_LOST',
};

/** Moves the course on by the rows of the next batch, whose first column is f(x_k). */
function advance(course: { -readonly [K in keyof Course]: number }, { values, rows }: DeliveredBatch): void {
  const last = values[rows - 1] as number;
  if (Number.isNaN(course.start)) course.start = values[0] as number;
  course.beforeLast = rows > 1 ? (values[rows - 2] as number) : course.last;
  course.last = last;
}

export interface SearchEnding {
  readonly bracket: Bracket;
  readonly trials: number;
  /** Why the search ended before its time; null where it did not. */
  readonly cut: 'DEADLINE' | 'CANCELLED' | 'WORKER_LOST' | null;
}

/** Searches for the largest stable learning rate of the run, each trial a run of its own; yields nothing. */
export async function* searchRate(
  runs: Runs,
  search: RateSearch,
  trialAt: (rate: number) => RunSpec,
): AsyncGenerator<never, SearchEnding, void> {
  const rates = searchStableRate(search);
  let cut: SearchEnding['cut'] = null;
  let trials = 0;
  let next = rates.next();
  while (!next.done) {
    const ending = yield* follow<never>(runs, trialAt(next.value), () => null);
    const { reason } = ending.failure ?? ending.finished.outcome;
    if (reason === 'DEADLINE' || reason === 'CANCELLED' || reason === 'WORKER_LOST') {
      cut = reason;
      next = rates.next(null);
    } else if (ending.failure === null) {
      trials++;
      next = rates.next(isStable(reason, ending.course));
    }
  }
  return { bracket: next.value, trials, cut };
}

/** The run as a trial: reported where it begins and in its last two iterations only. */
export const trialOf = (spec: RunSpec, iterations: number): RunSpec => ({
  ...spec,
  maxIterations: iterations,
  every: Math.max(1, iterations - 1),
  fields: [],
  bound: null,
});
