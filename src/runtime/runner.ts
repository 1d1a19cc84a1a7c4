import type { Caller, Runner } from '../app/runner.js';
import { type ComputationName, type Computations, compute } from '../core/computations.js';
import type { Datasets } from '../core/datasets.js';
import type { Cost } from '../core/problem.js';
import type { Outcome } from '../core/run.js';
import { newPool, type Pool, type PoolEvents } from './pool.js';

export interface RunnerOptions {
  /** Threads for full runs. */
  readonly workers: number;
  /** Threads for everything that is answered once, so that long runs never hold it up. */
  readonly unaryWorkers: number;
  readonly queueLimit: number;
  /** A computation of at most this many floating-point operations executes on the calling thread; 0 sends all to workers. */
  readonly inlineOperations: number;
  readonly heapMegabytes: number;
  readonly dataDirectory: string | null;
  /** Path of the OpenBLAS that makes large products in every thread; null for none. */
  readonly blasLibrary: string | null;
}

export const LANES = ['run', 'unary'] as const;
export type Lane = (typeof LANES)[number];

export interface RunnerEvents {
  queued(lane: Lane, ms: number): void;
  computed(lane: Lane, ms: number): void;
  workerLost(lane: Lane, cause: unknown): void;
}

export interface PoolRunner extends Runner {
  /** Resolves when every thread has loaded its code. */
  ready(): Promise<void>;
  readonly lanes: Readonly<Record<Lane, Pick<Pool, 'busy' | 'waiting'>>>;
}

/** Two pools of worker threads, and the calling thread for what is cheaper than a hop to another. */
export function poolRunner(options: RunnerOptions, datasets: Datasets, events: RunnerEvents): PoolRunner {
  const lane = (name: Lane, threads: number): Pool => {
    const poolEvents: PoolEvents = {
      queued: (ms) => events.queued(name, ms),
      computed: (ms) => events.computed(name, ms),
      workerLost: (cause) => events.workerLost(name, cause),
    };
    return newPool({ ...options, threads }, poolEvents);
  };
  const runs = lane('run', options.workers);
  const unary = lane('unary', options.unaryWorkers);
  return {
    lanes: { run: runs, unary },
    async ready() {
      await Promise.all([runs.ready(), unary.ready()]);
    },
    compute<K extends ComputationName>(
      name: K,
      request: Computations[K]['request'],
      cost: Cost,
      caller: Caller,
    ) {
      if (cost.floatingPointOperations <= options.inlineOperations) return compute(name, request, datasets);
      const job = { kind: 'compute', name, request } as const;
      return unary.submit<Computations[K]['result']>(job, caller).then(({ value }) => value);
    },
    async *run(job, caller) {
      const { value, computeMs } = yield* runs.stream<Outcome>(job, caller);
      return { outcome: value, computeMs };
    },
    parallelRuns: options.workers,
    interrupt() {
      runs.interrupt();
    },
    async close() {
      await Promise.all([runs.close(), unary.close()]);
    },
  };
}
