import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runner } from '../../src/app/runner.js';
import { clipping } from '../../src/core/clipping/index.js';
import {
  endless,
  iterationsOf,
  newCaller,
  newInline,
  newJob,
  newPoolRunner,
  range,
  readRun,
  valuesOf,
} from '../support/runners.js';

/** Rows of a batch of six columns. */
const CAPACITY = 2048;

for (const [name, make] of [
  ['inline runner', newInline],
  ['pool of one thread', () => newPoolRunner()],
  ['pool of two threads', () => newPoolRunner({ workers: 2 })],
] as const)
  describe(`the ${name}`, () => {
    let runner: Runner;
    before(() => {
      runner = make();
    });
    after(() => runner.close());

    const clip = async (...data: number[]) =>
      runner.compute(
        'clip',
        {
          gradients: [
            { name: 'g', shape: [2], dtype: 'float64', data: Float64Array.from(data), encoding: 'values' },
          ],
          clipping: clipping.spec.parse({ globalNorm: { threshold: 1 } }),
          nonFinite: 'REJECT',
        },
        { floatingPointOperations: 6, bytes: 16 },
        newCaller(),
      );

    test('computes a clip and hands the result back', async () => {
      const { gradients, reports } = await clip(3, 4);
      assert.equal(reports[0]?.norm, 5);
      assert.deepEqual([...(gradients[0] ?? [])], [3 * 0.2, 4 * 0.2]);
    });

    test('passes a failure of the computation on, and computes the next one', async () => {
      await assert.rejects(clip(3, Number.NaN), { name: 'Failure', reason: 'INVALID_FIELD' });
      assert.equal((await clip(3, 4)).reports[0]?.norm, 5);
    });

    test('gives the bits of the other runners for the same job', async () => {
      const job = newJob({ objective: { rosenbrock: { dimension: 5 } }, learningRate: 1e-3 });
      const { batches, finished } = await readRun(runner.run(job, newCaller()));
      const other = newInline();
      const expected = await readRun(other.run(job, newCaller()));
      assert.equal(finished.outcome.digest, expected.finished.outcome.digest);
      assert.deepEqual(finished.outcome, expected.finished.outcome);
      assert.deepEqual(valuesOf(batches), valuesOf(expected.batches));
    });

    test('keeps its bits whatever the flush time and however many rows are left out', async () => {
      const digests = new Set<string>();
      for (const flushMs of [0, 50, 1000])
        for (const every of [1, 3, 7]) {
          const job = newJob({ flushMs, spec: { every, maxIterations: 5000 }, learningRate: 1e-3 });
          const { batches, finished } = await readRun(runner.run(job, newCaller()));
          digests.add(finished.outcome.digest);
          const regular = range(Math.floor(5000 / every) + 1, every);
          const last = regular.at(-1) === 5000 ? [] : [5000];
          assert.deepEqual(iterationsOf(batches), [...regular, ...last], `flush ${flushMs}, every ${every}`);
        }
      assert.equal(digests.size, 1);
    });

    test('gives a slow reader of a lossless run every iteration once and in order', async () => {
      const iterations = 12 * CAPACITY;
      const job = newJob({ flushMs: 1000, spec: { maxIterations: iterations }, learningRate: 1e-4 });
      const { batches, finished } = await readRun(runner.run(job, newCaller()), () => sleep(10));
      assert.deepEqual(iterationsOf(batches), range(iterations + 1));
      assert.ok(batches.every(({ dropped }) => dropped === 0));
      assert.equal(finished.outcome.iterations, iterations);
    });

    test('does not let a lossless run get ahead of its reader by more than a few batches', async () => {
      const abort = new AbortController();
      const run = runner.run(endless({ flushMs: 1000 }), newCaller({ signal: abort.signal }));
      await run.next();
      await sleep(300);
      abort.abort();
      const { finished } = await readRun(run);
      // One batch read, four in the window, one waiting for room, one being filled.
      assert.ok(finished.outcome.iterations <= 7 * CAPACITY, `${finished.outcome.iterations} iterations`);
    });

    test('counts what a conflated run dropped: with the rows that came it is every iteration', async () => {
      const iterations = 400_000;
      const job = newJob({
        delivery: 'CONFLATE',
        flushMs: 2,
        spec: { maxIterations: iterations },
        learningRate: 1e-6,
      });
      const { batches } = await readRun(runner.run(job, newCaller()), () => sleep(2));
      const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
      const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0);
      assert.equal(rows + dropped, iterations + 1);
      const seen = iterationsOf(batches);
      assert.ok(seen.every((k, i) => i === 0 || k > (seen[i - 1] as number)));
      assert.equal(seen.at(-1), iterations);
    });

    test('ends a run whose caller has gone at its next iteration, with what it has', async () => {
      const abort = new AbortController();
      const run = runner.run(endless(), newCaller({ signal: abort.signal }));
      const { batches, finished } = await readRun(run, (_batch, i) => {
        if (i === 3) abort.abort();
      });
      assert.equal(finished.outcome.reason, 'CANCELLED');
      assert.deepEqual(iterationsOf(batches), range(finished.outcome.iterations + 1));
    });

    test('answers a deadline with the best so far', async () => {
      const job = endless({ deadline: Date.now() + 150 });
      const { batches, finished } = await readRun(runner.run(job, newCaller()));
      const { reason, iterations, bestValue, value } = finished.outcome;
      assert.equal(reason, 'DEADLINE');
      assert.ok(Date.now() >= (job.deadline as number));
      const values = valuesOf(batches);
      assert.equal(
        bestValue,
        values.reduce((a, b) => Math.min(a, b)),
      );
      assert.equal(value, values.at(-1));
      assert.equal(iterationsOf(batches).at(-1), iterations);
    });

    test('stops a run whose reader leaves, and serves the next one', async () => {
      const run = runner.run(endless(), newCaller());
      await run.next();
      await run.return(undefined as never);
      const { finished } = await readRun(runner.run(newJob(), newCaller()));
      assert.equal(finished.outcome.reason, 'MAX_ITERATIONS');
    });

    // Last, because an interrupted runner stays so.
    test('ends all runs at an iteration boundary when it is interrupted, later ones at their first', async () => {
      const { batches, finished } = await readRun(runner.run(endless(), newCaller()), (_batch, i) => {
        if (i === 3) runner.interrupt();
      });
      assert.equal(finished.outcome.reason, 'CANCELLED');
      assert.deepEqual(iterationsOf(batches), range(finished.outcome.iterations + 1));
      const late = await readRun(runner.run(endless(), newCaller()));
      assert.deepEqual([late.finished.outcome.reason, late.finished.outcome.iterations], ['CANCELLED', 0]);
    });
  });
