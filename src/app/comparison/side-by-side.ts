import { Failure } from '../../core/failure.js';
import type { Caller, DeliveredBatch, Finished, RunJob, Runner } from '../runner.js';

interface Arrival<T> {
  readonly source: AsyncGenerator<T, void, void>;
  readonly next: IteratorResult<T, void> | null;
  /** Where `next` is null. */
  readonly error: unknown;
}

/**
 * What several sources yield, in the order in which it comes, `limit` of them at a time in their order. Each is asked for
 * its next item when the one before has been taken, so a slow reader slows all and nothing piles up. The first failure
 * ends the others, and so does leaving: `stop` makes them yield or end soon, and then they are left.
 */
export async function* sideBySide<T>(
  sources: readonly AsyncGenerator<T, void, void>[],
  limit: number,
  stop: () => void,
): AsyncGenerator<T, void, void> {
  const open = new Set<AsyncGenerator<T, void, void>>();
  const arrived: Arrival<T>[] = [];
  let wake = (): void => {};
  const arrive = (arrival: Arrival<T>): void => {
    arrived.push(arrival);
    wake();
  };
  const ask = (source: AsyncGenerator<T, void, void>): void => {
    source.next().then(
      (next) => arrive({ source, next, error: null }),
      (error: unknown) => arrive({ source, next: null, error }),
    );
  };
  let begun = 0;
  try {
    for (;;) {
      for (; open.size < limit && begun < sources.length; begun++) {
        const source = sources[begun] as AsyncGenerator<T, void, void>;
        open.add(source);
        ask(source);
      }
      if (open.size === 0) return;
      if (arrived.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      const { source, next, error } = arrived.shift() as Arrival<T>;
      if (next === null) throw error;
      if (next.done) open.delete(source);
      else {
        yield next.value;
        ask(source);
      }
    }
  } finally {
    stop();
    await Promise.allSettled([...open].map((source) => source.return()));
  }
}

/** The runs of one request. */
export interface Turnstile {
  /** `job` makes the job when the run has its slot. */
  run(job: () => RunJob): AsyncGenerator<DeliveredBatch, Finished, void>;
  /** Stops what runs, at its next iteration, and what is still to run. */
  stop(): void;
  /** Whether a run has had a slot. */
  readonly begun: boolean;
}

/**
 * One run of the request at a time waits for a slot: so they take one place of the queue, are not refused because of each
 * other, and others who wait have their turn between them.
 */
export function newTurnstile(runner: Runner, { signal, deadline, timing }: Caller): Turnstile {
  let last: Promise<void> = Promise.resolve();
  let begun = false;
  let stopped = false;
  /** Ends the pause of the run that was refused a place in the queue. */
  let retry = (): void => {};
  // One for each run, because each listens to its own: ten listeners to one signal are what Node takes for a leak.
  const running = new Set<AbortController>();
  const stop = (): void => {
    stopped = true;
    for (const controller of running) controller.abort();
  };
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });

  return {
    stop,
    get begun() {
      return begun;
    },
    async *run(newJob) {
      const before = last;
      let pass = (): void => {};
      last = new Promise((resolve) => {
        pass = resolve;
      });
      const controller = new AbortController();
      running.add(controller);
      try {
        await before;
        if (stopped) controller.abort();
        const caller = { signal: controller.signal, deadline, timing };
        for (;;)
          try {
            return yield* runner.run(() => {
              begun = true;
              pass();
              return newJob();
            }, caller);
          } catch (error) {
            // A request that has begun is not ended because others have filled the queue since.
            if (!begun || !(error instanceof Failure) || error.reason !== 'OVERLOADED') throw error;
            await pause((error.retryAfterSeconds ?? 1) * 1000, controller.signal, deadline, (go) => {
              retry = go;
            });
          }
      } finally {
        running.delete(controller);
        pass();
        retry();
      }
    },
  };
}

/** Waits for so long, or until the signal aborts, the deadline (epoch milliseconds) has passed or `hurry` is used. */
function pause(
  ms: number,
  signal: AbortSignal,
  deadline: number | null,
  hurry: (go: () => void) => void,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const left = deadline === null ? ms : Math.max(0, Math.min(ms, deadline - Date.now()));
    const go = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, left);
    signal.addEventListener('abort', go, { once: true });
    hurry(go);
  });
}
