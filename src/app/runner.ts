import type { Batch } from '../core/columns.js';
import type { ComputationName, Computations } from '../core/computations.js';
import type { PlanContext } from '../core/objectives/objective.js';
import type { Cost, RunSpec } from '../core/problem.js';
import type { Outcome } from '../core/run.js';

export type Delivery = 'LOSSLESS' | 'CONFLATE';

export interface RunJob {
  readonly spec: RunSpec;
  readonly context: Omit<PlanContext, 'datasets'>;
  readonly delivery: Delivery;
  /** Longest time that a finished row waits for its batch, milliseconds. */
  readonly flushMs: number;
  /** Epoch milliseconds after which the run ends with its best so far; null for none. */
  readonly deadline: number | null;
  /** Whether other jobs have the same buffers, which are then copied for this one and not handed over. */
  readonly shared?: boolean;
}

export interface DeliveredBatch extends Batch {
  /** Rows that CONFLATE dropped since the batch before. */
  readonly dropped: number;
}

export interface Finished {
  readonly outcome: Outcome;
  readonly computeMs: number;
}

/** What a request spent where, milliseconds; filled in as it goes. */
export interface Timing {
  queueMs: number;
  computeMs: number;
}

/** On whose behalf something executes. */
export interface Caller {
  /** Aborts when the caller has gone. */
  readonly signal: AbortSignal;
  /** Epoch milliseconds by which the caller wants an answer; null for none. */
  readonly deadline: number | null;
  readonly timing: Timing;
}

/** Where numeric work executes. `inline` and `pool` keep the same promise; tests run both against it. */
export interface Runner {
  /** Takes ownership of the tensors in `request`. What is computed on the calling thread is not a promise. */
  compute<K extends ComputationName>(
    name: K,
    request: Computations[K]['request'],
    cost: Cost,
    caller: Caller,
  ): Computations[K]['result'] | Promise<Computations[K]['result']>;
  /**
   * Batches as they come, the outcome last. Leaving the generator, or aborting the signal, stops the run at its
   * next iteration; the slot is free when its worker says so. A function is asked for the job once the run has its
   * slot, for which it waits until the caller's deadline.
   */
  run(job: RunJob | (() => RunJob), caller: Caller): AsyncGenerator<DeliveredBatch, Finished, void>;
  /** Runs that execute at the same time. */
  readonly parallelRuns: number;
  /** Stops all runs at an iteration boundary, later ones at their first: they end with reason CANCELLED. */
  interrupt(): void;
  close(): Promise<void>;
}
