import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller } from '../src/app/runner.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';
import { poolRunner } from '../src/runtime/runner.js';
import { bytesClient } from './client.js';
import { median, quantile } from './measure.js';
import { type Server, startGradclip } from './server.js';
import type { Table } from './table.js';

const run = (maxIterations: number, encoding: 'RAW' | 'VALUES'): object => ({
  objective: { quartic: { dimension: 1 } },
  clipping: { globalNorm: { threshold: 1 } },
  optimizer: { sgd: { learningRate: 1e-6 } },
  budget: { maxIterations },
  metrics: { encoding },
});

export async function stream(): Promise<Table[]> {
  const server = await startGradclip();
  try {
    return [await throughput(server), await cancellation(server)];
  } finally {
    await server.stop();
  }
}

interface Batch {
  readonly columns: readonly { readonly values?: readonly number[]; readonly raw?: Uint8Array }[];
}

/** Rows received per second, from the call to its end; every row must arrive. */
async function rowsPerSecond(
  address: string,
  iterations: number,
  encoding: 'RAW' | 'VALUES',
): Promise<number> {
  const client = bytesClient(address);
  let rows = 0;
  const start = performance.now();
  for await (const event of client.stream('FullRun', run(iterations, encoding))) {
    const [column] = (event['metrics'] as Batch | undefined)?.columns ?? [];
    rows += encoding === 'RAW' ? (column?.raw?.length ?? 0) / 8 : (column?.values?.length ?? 0);
  }
  const seconds = (performance.now() - start) / 1000;
  client.close();
  if (rows !== iterations + 1) throw new Error(`${rows} rows of ${iterations + 1} arrived`);
  return rows / seconds;
}

async function throughput({ grpc }: Server): Promise<Table> {
  const rows: (string | number)[][] = [];
  for (const [encoding, iterations] of [
    ['RAW', 4_000_000],
    ['VALUES', 1_000_000],
  ] as const) {
    const rates: number[] = [];
    for (let i = 0; i < 7; i++) rates.push(await rowsPerSecond(grpc, iterations, encoding));
    rows.push([encoding, iterations, Math.round(Math.max(...rates)), Math.round(median(rates))]);
  }
  return {
    title: 'a lossless stream over gRPC',
    note: 'Clipped descent on the quartic of dimension 1, every iteration with its six metrics, to a client in another process; 7 runs.',
    columns: ['encoding', 'iterations', 'best iterations/s', 'median iterations/s'],
    rows,
  };
}

const RUN_FOR_EVER = 4_000_000_000;

/** From the cancellation to the idle worker, in this process; and to the next run's result, from outside. */
async function cancellation(server: Server): Promise<Table> {
  const idle = await cancelToIdle(200);
  const next = await cancelToNextResult(server, 200);
  const row = (name: string, ms: readonly number[]): (string | number)[] => [
    name,
    ms.length,
    median(ms).toFixed(2),
    quantile(ms, 0.99).toFixed(2),
  ];
  return {
    title: 'cancellation',
    note:
      'A run that would go on for ever is cancelled after it has begun to report. To the idle worker: from the abort to the released slot. ' +
      'To the next result: from the cancel of a gRPC client to the result of a run of one iteration that it asks for at once.',
    columns: ['from cancel', 'runs', 'median ms', 'p99 ms'],
    rows: [row('to the idle worker', idle), row('to the next result', next)],
  };
}

async function cancelToIdle(times: number): Promise<number[]> {
  let idle = (): void => {};
  const runner = poolRunner(
    {
      workers: 1,
      unaryWorkers: 1,
      queueLimit: 1,
      inlineOperations: 0,
      heapMegabytes: 512,
      dataDirectory: null,
      blasLibrary: null,
    },
    openDataDirectory(null),
    { queued() {}, computed: () => idle(), workerLost() {} },
  );
  await runner.ready();
  const spec = {
    objective: { quartic: { dimension: 1 } },
    start: null,
    clipping: { globalNorm: { threshold: 1, norm: 2, epsilon: 0 } },
    optimizer: {
      sgd: {
        learningRate: 1e-9,
        momentum: 0,
        dampening: 0,
        nesterov: false,
        weightDecay: 0,
        maximize: false,
      },
    },
    schedule: null,
    thresholdSchedule: null,
    maxIterations: RUN_FOR_EVER,
    gradientTolerance: 0,
    targetValue: -Infinity,
    every: 1,
    evaluateEvery: 1,
    fields: [],
  };
  const samples: number[] = [];
  for (let i = 0; i < times; i++) {
    const controller = new AbortController();
    const caller: Caller = {
      signal: controller.signal,
      deadline: null,
      timing: { queueMs: 0, computeMs: 0 },
    };
    const context = { size: null, dtype: null, seed: 0, secondOrder: false };
    const job = { spec, context, delivery: 'LOSSLESS', flushMs: 50, deadline: null } as const;
    const batches = runner.run(job, caller);
    await batches.next();
    await batches.next();
    const released = new Promise<void>((resolve) => {
      idle = resolve;
    });
    const start = performance.now();
    controller.abort();
    await released;
    if (runner.lanes.run.busy > 0) throw new Error('the worker is busy');
    samples.push(performance.now() - start);
    await batches.return(undefined as never);
  }
  await runner.close();
  return samples;
}

async function cancelToNextResult({ grpc }: Server, times: number): Promise<number[]> {
  const client = bytesClient(grpc);
  const samples: number[] = [];
  const result = async (): Promise<void> => {
    for await (const event of client.stream('FullRun', run(1, 'RAW')))
      if (event['result'] !== undefined) return;
  };
  for (let i = 0; i < times; i++) {
    // As many as there are workers by default, so that the next run has to wait for one of them.
    const calls = [
      client.stream('FullRun', run(RUN_FOR_EVER, 'RAW')),
      client.stream('FullRun', run(RUN_FOR_EVER, 'RAW')),
    ];
    await Promise.all(calls.map((call) => new Promise<void>((resolve) => call.on('data', () => resolve()))));
    for (const call of calls) call.on('error', () => {});
    const start = performance.now();
    for (const call of calls) call.cancel();
    await result();
    samples.push(performance.now() - start);
    await sleep(1);
  }
  client.close();
  return samples;
}
