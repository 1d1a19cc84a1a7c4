import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Caller, DeliveredBatch, RunJob } from '../app/runner.js';
import { Failure } from '../core/failure.js';
import { acknowledge, type Control, LOADED, newControl, stop } from './control.js';
import { newMailbox } from './mailbox.js';
import { atDeadline, cancelled, expired, newSlots } from './slots.js';
import { transferables } from './transfer.js';
import type { Answer, Job, Surroundings } from './worker.js';

export interface PoolOptions {
  readonly threads: number;
  /** Jobs that may wait for a thread. */
  readonly queueLimit: number;
  readonly dataDirectory: string | null;
  readonly blasLibrary: string | null;
  /** Limit of each thread's JavaScript heap, MiB. */
  readonly heapMegabytes: number;
}

/** What happens in a pool, for metrics and logs. */
export interface PoolEvents {
  queued(ms: number): void;
  computed(ms: number): void;
  workerLost(cause: unknown): void;
}

export interface Pool {
  /** Resolves when every thread has loaded its code. */
  ready(): Promise<void>;
  submit<T>(
    job: Exclude<Job, { kind: 'run' }>,
    caller: Caller,
  ): Promise<{ readonly value: T; readonly computeMs: number }>;
  stream<T>(
    job: RunJob | (() => RunJob),
    caller: Caller,
  ): AsyncGenerator<DeliveredBatch, { readonly value: T; readonly computeMs: number }, void>;
  /** Ends all runs at their next iteration, those that still wait at their first. */
  interrupt(): void;
  close(): Promise<void>;
  readonly busy: number;
  readonly waiting: number;
}

/** Threads that each execute one job at a time; a lost thread fails its own job and is replaced. */
export function newPool(options: PoolOptions, events: PoolEvents): Pool {
  const threads = new Piscina<Job, Answer<unknown>>({
    filename: new URL('./worker.js', import.meta.url).href,
    minThreads: options.threads,
    maxThreads: options.threads,
    resourceLimits: { maxOldGenerationSizeMb: options.heapMegabytes },
    workerData: {
      dataDirectory: options.dataDirectory,
      blasLibrary: options.blasLibrary,
    } satisfies Surroundings,
    recordTiming: false,
  });
  threads.on('error', () => {
    // The job of the lost thread reports it; without a listener the process would end.
  });
  const loaded = newLoadCount(options.threads);
  threads.on('message', (message: unknown) => {
    if (message === LOADED) loaded.add();
  });
  const slots = newSlots(options.threads, options.queueLimit);
  const running = new Set<Control>();
  let interrupted = false;

  /** Executes a job whose slot the caller holds, and releases the slot when the worker says so. */
  async function execute<T>(
    job: Job,
    port: MessagePort[],
    caller: Caller,
  ): Promise<{ value: T; computeMs: number }> {
    const startedAt = performance.now();
    let answer: Answer<T>;
    try {
      const transferList = [...port, ...ownedBy(job)];
      answer = (await threads.run(job, { transferList })) as Answer<T>;
    } catch (cause) {
      events.workerLost(cause);
      loaded.expectAnother();
      throw new Failure('WORKER_LOST', 'the worker that executed the request was lost', {
        cause,
        retryAfterSeconds: 1,
      });
    } finally {
      slots.release(performance.now() - startedAt);
    }
    if (!answer.ok) throw new Failure(answer.failure.reason, answer.failure.message, answer.failure);
    caller.timing.computeMs += answer.computeMs;
    events.computed(answer.computeMs);
    return answer;
  }

  async function enter({ signal, timing }: Caller, deadline: number | null): Promise<void> {
    const arrivedAt = performance.now();
    await slots.acquire(signal, deadline);
    const ms = performance.now() - arrivedAt;
    timing.queueMs += ms;
    events.queued(ms);
  }

  return {
    ready: loaded.all,
    async submit<T>(job: Exclude<Job, { kind: 'run' }>, caller: Caller) {
      await enter(caller, caller.deadline);
      return abandonable(execute<T>(job, [], caller), caller);
    },

    async *stream<T>(given: RunJob | (() => RunJob), caller: Caller) {
      const later = typeof given === 'function';
      await enter(caller, later ? caller.deadline : given.deadline);
      const job = later ? given() : given;
      const { signal } = caller;
      const control = newControl();
      const { port1, port2 } = new MessageChannel();
      const mailbox = newMailbox<DeliveredBatch>();
      const onAbort = (): void => stop(control);
      running.add(control);
      if (interrupted) stop(control);
      signal.addEventListener('abort', onAbort, { once: true });
      port1.on('message', (batch: DeliveredBatch | null) =>
        batch === null ? mailbox.end() : mailbox.put(batch),
      );
      const settled = execute<T>({ kind: 'run', job, control, port: port2 }, [port2], caller);
      settled
        .finally(() => {
          running.delete(control);
          signal.removeEventListener('abort', onAbort);
        })
        .catch((reason: unknown) => mailbox.fail(reason));
      try {
        for (let batch = await mailbox.take(); batch !== null; batch = await mailbox.take()) {
          acknowledge(control);
          yield batch;
        }
        return await settled;
      } finally {
        stop(control);
        port1.close();
      }
    },

    interrupt() {
      interrupted = true;
      for (const control of running) stop(control);
    },
    async close() {
      for (const control of running) stop(control);
      // A thread that is ended while it loads modules takes the process with it (Node 20).
      await Promise.race([loaded.all(), sleep(LONGEST_LOAD_MS, undefined, { ref: false })]);
      await threads.destroy();
    },
    get busy() {
      return slots.busy;
    },
    get waiting() {
      return slots.waiting;
    },
  };
}

const LONGEST_LOAD_MS = 2000;

/** The buffers that the job hands over. */
const ownedBy = (job: Job): ArrayBuffer[] =>
  job.kind === 'compute' ? transferables(job.request) : job.job.shared ? [] : transferables(job.job);

/** Counts threads that have loaded their code against those that should. */
function newLoadCount(threads: number) {
  let missing = threads;
  const waiting: (() => void)[] = [];
  const settle = (): void => {
    if (missing <= 0) for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    add(): void {
      missing--;
      settle();
    },
    expectAnother(): void {
      missing++;
    },
    all: (): Promise<void> =>
      new Promise((resolve) => {
        waiting.push(resolve);
        settle();
      }),
  };
}

/** Rejects when the caller has gone or its deadline has passed; the work itself goes on and keeps its slot. */
function abandonable<T>(work: Promise<T>, { signal, deadline }: Caller): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled());
    const disarm = atDeadline(deadline, () => reject(expired()));
    const cleanUp = (): void => {
      disarm();
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(cleanUp);
  });
}
