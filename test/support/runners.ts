import type { Caller, DeliveredBatch, Finished, RunJob, Runner } from '../../src/app/runner.js';
import { clipping } from '../../src/core/clipping/index.js';
import { objectives } from '../../src/core/objectives/index.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import type { RunSpec } from '../../src/core/problem.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { inlineRunner } from '../../src/runtime/inline.js';
import {
  type PoolRunner,
  poolRunner,
  type RunnerEvents,
  type RunnerOptions,
} from '../../src/runtime/runner.js';

const datasets = openDataDirectory(null);

export const newInline = (): Runner => inlineRunner(datasets);

const silent: RunnerEvents = { queued: () => {}, computed: () => {}, workerLost: () => {} };

export const newPoolRunner = (
  options: Partial<RunnerOptions> = {},
  events: Partial<RunnerEvents> = {},
): PoolRunner =>
  poolRunner(
    {
      workers: 1,
      unaryWorkers: 1,
      queueLimit: 16,
      inlineOperations: 0,
      heapMegabytes: 256,
      dataDirectory: null,
      blasLibrary: null,
      ...options,
    },
    datasets,
    { ...silent, ...events },
  );

export const newCaller = (made: { signal?: AbortSignal; deadline?: number | null } = {}): Caller => ({
  signal: made.signal ?? new AbortController().signal,
  deadline: made.deadline ?? null,
  timing: { queueMs: 0, computeMs: 0 },
});

export interface Descent extends Partial<Omit<RunJob, 'spec' | 'context'>> {
  readonly objective?: object;
  readonly learningRate?: number;
  readonly spec?: Partial<RunSpec>;
}

/** A clipped descent as a parsed job; by default x⁴ from 1, a hundred iterations. */
export function newJob({ objective = { quartic: { dimension: 1 } }, ...rest }: Descent = {}): RunJob {
  const { learningRate = 0.05, spec = {}, ...delivery } = rest;
  return {
    spec: {
      objective: objectives.spec.parse(objective),
      start: null,
      clipping: clipping.spec.parse({ globalNorm: { threshold: 1 } }),
      optimizer: optimizers.spec.parse({ sgd: { learningRate } }),
      schedule: null,
      thresholdSchedule: null,
      maxIterations: 100,
      gradientTolerance: 0,
      targetValue: -Infinity,
      every: 1,
      evaluateEvery: 1,
      fields: [],
      ...spec,
    },
    context: { size: null, dtype: null, seed: 0, secondOrder: false },
    delivery: 'LOSSLESS',
    flushMs: 0,
    deadline: null,
    ...delivery,
  };
}

/** A descent that needs days and moves a little at every iteration. */
export const endless = (made: Descent = {}): RunJob =>
  newJob({ learningRate: 1e-9, ...made, spec: { maxIterations: 4_000_000_000, ...made.spec } });

/** A descent whose single iteration takes tens of milliseconds. */
export const slow = (made: Descent = {}): RunJob =>
  endless({ objective: { quartic: { dimension: 4_000_000 } }, ...made });

export interface Run {
  readonly batches: readonly DeliveredBatch[];
  readonly finished: Finished;
}

/** Reads a run to its end; `onBatch` is waited for after each batch. */
export async function readRun(
  run: AsyncGenerator<DeliveredBatch, Finished, void>,
  onBatch: (batch: DeliveredBatch, index: number) => unknown = () => {},
): Promise<Run> {
  const batches: DeliveredBatch[] = [];
  for (;;) {
    const next = await run.next();
    if (next.done) return { batches, finished: next.value };
    batches.push(next.value);
    await onBatch(next.value, batches.length - 1);
  }
}

/** The iterations that the batches report. */
export const iterationsOf = (batches: readonly DeliveredBatch[]): number[] =>
  batches.flatMap(({ firstIteration, stride, rows }) =>
    Array.from({ length: rows }, (_, row) => firstIteration + row * stride),
  );

/** The values f(x_k) that the batches report: their first column. */
export const valuesOf = (batches: readonly DeliveredBatch[]): number[] =>
  batches.flatMap(({ values, rows }) => Array.from(values.subarray(0, rows)));

export const range = (n: number, stride = 1): number[] => Array.from({ length: n }, (_, i) => i * stride);
