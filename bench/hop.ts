import type { Caller } from '../src/app/runner.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';
import { poolRunner } from '../src/runtime/runner.js';
import { median, numbers } from './measure.js';
import type { Table } from './table.js';

const SIZES = [10, 100, 1000, 10_000, 20_000, 50_000, 100_000, 1_000_000];
const NO_DATASETS = openDataDirectory(null);
const OPTIONS = {
  workers: 1,
  unaryWorkers: 1,
  queueLimit: 16,
  heapMegabytes: 512,
  dataDirectory: null,
  blasLibrary: null,
};
const SILENT = { queued() {}, computed() {}, workerLost() {} };

/** Microseconds of one clip after the other through a runner that executes up to `inlineOperations` itself. */
async function microseconds(inlineOperations: number): Promise<(n: number) => Promise<number>> {
  const runner = poolRunner({ ...OPTIONS, inlineOperations }, NO_DATASETS, SILENT);
  await runner.ready();
  return async (n) => {
    const caller: Caller = {
      signal: new AbortController().signal,
      deadline: null,
      timing: { queueMs: 0, computeMs: 0 },
    };
    const cost = { floatingPointOperations: 3 * n, bytes: 8 * n };
    const samples: number[] = [];
    const repetitions = Math.max(30, Math.min(2000, 3_000_000 / n));
    for (let i = 0; i < repetitions; i++) {
      const data = numbers(n);
      const gradients = [{ name: '0', shape: [n], dtype: 'float64', data, encoding: 'values' } as const];
      const clipping = { globalNorm: { threshold: 1, norm: 2, epsilon: 0 } };
      const start = performance.now();
      await runner.compute('clip', { gradients, clipping, nonFinite: 'REJECT' }, cost, caller);
      samples.push((performance.now() - start) * 1000);
    }
    return median(samples);
  };
}

export async function hop(): Promise<Table[]> {
  const here = await microseconds(Number.MAX_SAFE_INTEGER);
  const there = await microseconds(0);
  const rows: (string | number)[][] = [];
  for (const n of SIZES) {
    const inline = await here(n);
    const worker = await there(n);
    rows.push([n, 3 * n, inline.toFixed(1), worker.toFixed(1), (worker - inline).toFixed(1)]);
  }
  return [
    {
      title: 'the thread hop',
      note:
        'One clip after the other, median. A request of up to INLINE_OPERATIONS operations (default 60 000) is computed ' +
        'where it arrived; beyond that the hop costs less than the hold-up of the other requests.',
      columns: ['n', 'operations', 'inline µs', 'worker µs', 'difference µs'],
      rows,
    },
  ];
}
