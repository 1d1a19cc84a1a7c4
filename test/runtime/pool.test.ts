import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Caller, RunJob } from '../../src/app/runner.js';
import type { PoolRunner } from '../../src/runtime/runner.js';
import { endless, newCaller, newJob, newPoolRunner, readRun, slow } from '../support/runners.js';
import { until } from '../support/until.js';

/** Starts a run, reads its first batch and leaves the rest to the test. */
async function started(pool: PoolRunner, job = endless()) {
  const abort = new AbortController();
  const run = pool.run(job, newCaller({ signal: abort.signal }));
  await run.next();
  return { run, abort };
}

const COST = { floatingPointOperations: 1, bytes: 1 };

/** Computed by a thread: no operation is cheap enough for the caller's. */
async function normOf(pool: PoolRunner, data: readonly number[]): Promise<number | undefined> {
  const gradient = {
    name: 'g',
    shape: [data.length],
    dtype: 'float64',
    data: Float64Array.from(data),
    encoding: 'values',
  } as const;
  const request = { gradients: [gradient], clipping: { none: {} }, nonFinite: 'REJECT' } as const;
  return (await pool.compute('clip', request, COST, newCaller())).reports[0]?.norm;
}

/** Takes some hundred milliseconds from when the caller is made. */
async function evaluateSlowly(pool: PoolRunner, arrive: () => Caller): Promise<unknown> {
  const { spec, context } = newJob({ objective: { quadratic: { dimension: 8_000_000 } } });
  const request = {
    objective: spec.objective,
    hessian: false,
    context,
    parameters: null,
    directions: [],
  };
  return pool.compute('evaluate', request, COST, arrive());
}

/** Lists that a thread with the smallest heap cannot hold, as it learns when it receives them. */
const SMALL_HEAP = { workers: 2, heapMegabytes: 32 };
const numbers = Array.from({ length: 650_000 }, (_, i) => 1 + i / 8);
const hungry = (): RunJob => newJob({ objective: { quadratic: { diagonal: numbers, linear: numbers } } });

describe('a pool of one thread', () => {
  let pool: PoolRunner;
  before(async () => {
    pool = newPoolRunner({ queueLimit: 1 });
    await pool.ready();
  });
  after(() => pool.close());

  test('frees the slot of a run that was left only when its worker says so', async () => {
    const { run } = await started(pool, slow());
    await run.return(undefined as never);
    assert.equal(pool.lanes.run.busy, 1);
    await until('the slot is free', () => pool.lanes.run.busy === 0);
  });

  test('frees the slot of a run whose caller has gone in the queue or in a worker', async () => {
    const { run, abort } = await started(pool);
    const queued = new AbortController();
    const waiting = pool.run(endless(), newCaller({ signal: queued.signal })).next();
    await until('one waits', () => pool.lanes.run.waiting === 1);
    queued.abort();
    await assert.rejects(waiting, { reason: 'CANCELLED' });
    assert.deepEqual([pool.lanes.run.busy, pool.lanes.run.waiting], [1, 0]);
    abort.abort();
    assert.equal((await readRun(run)).finished.outcome.reason, 'CANCELLED');
    await until('the slot is free', () => pool.lanes.run.busy === 0);
  });

  test('refuses a run when the queue is full, and serves those before it', async () => {
    const { run } = await started(pool);
    const waiting = readRun(pool.run(newJob(), newCaller()));
    await until('one waits', () => pool.lanes.run.waiting === 1);
    await assert.rejects(pool.run(newJob(), newCaller()).next(), {
      reason: 'OVERLOADED',
      metadata: { limit: '1' },
    });
    await run.return(undefined as never);
    assert.equal((await waiting).finished.outcome.reason, 'MAX_ITERATIONS');
  });

  test('answers DEADLINE to a run that is still in the queue', async () => {
    const { run } = await started(pool);
    const late = pool.run(newJob({ deadline: Date.now() + 50 }), newCaller());
    await assert.rejects(late.next(), { reason: 'DEADLINE' });
    assert.equal(pool.lanes.run.waiting, 0);
    await run.return(undefined as never);
  });

  test('counts what a request waited and what it computed', async () => {
    const { run } = await started(pool);
    const caller = newCaller();
    const waiting = readRun(pool.run(newJob(), caller));
    await sleep(50);
    await run.return(undefined as never);
    const { finished } = await waiting;
    assert.ok(caller.timing.queueMs >= 40, `queued ${caller.timing.queueMs} ms`);
    assert.equal(caller.timing.computeMs, finished.computeMs);
    assert.ok(caller.timing.computeMs > 0);
  });

  test('computes what is answered once while runs hold all their threads', async () => {
    const { run } = await started(pool);
    assert.equal(await normOf(pool, [3, 4]), 5);
    await run.return(undefined as never);
  });

  test('gives up a computation at its deadline, and frees the slot when it is done', async () => {
    const hurried = (): Caller => newCaller({ deadline: Date.now() + 50 });
    await assert.rejects(evaluateSlowly(pool, hurried), { reason: 'DEADLINE' });
    assert.equal(pool.lanes.unary.busy, 1);
    await until('the slot is free', () => pool.lanes.unary.busy === 0, 30);
  });

  test('gives up a computation whose caller has gone', async () => {
    const abort = new AbortController();
    const gone = evaluateSlowly(pool, () => newCaller({ signal: abort.signal }));
    await until('it is under way', () => pool.lanes.unary.busy === 1);
    abort.abort();
    await assert.rejects(gone, { reason: 'CANCELLED' });
    assert.equal(await normOf(pool, [3, 4]), 5);
  });

  // Last, because an interrupted pool stays so.
  test('interrupts a lossless run whose reader sleeps, and one in the queue at its first iteration', async () => {
    const { run } = await started(pool, endless({ flushMs: 1000 }));
    const waiting = readRun(pool.run(endless(), newCaller()));
    await until('one waits', () => pool.lanes.run.waiting === 1);
    await sleep(100);
    pool.interrupt();
    const { outcome } = (await waiting).finished;
    assert.deepEqual([outcome.reason, outcome.iterations], ['CANCELLED', 0]);
    await until('the slot is free', () => pool.lanes.run.busy === 0);
    assert.equal((await readRun(run)).finished.outcome.reason, 'CANCELLED');
  });
});

test('a thread that is out of memory fails its own run only, and is replaced', async () => {
  const lost: string[] = [];
  const pool = newPoolRunner(SMALL_HEAP, {
    workerLost: (lane, cause) => lost.push(`${lane}: ${(cause as { code?: string }).code}`),
  });
  await pool.ready();
  const { run, abort } = await started(pool);
  await assert.rejects(readRun(pool.run(hungry(), newCaller())), {
    reason: 'WORKER_LOST',
    retryAfterSeconds: 1,
  });
  assert.deepEqual(lost, ['run: ERR_WORKER_OUT_OF_MEMORY']);
  const next = await readRun(pool.run(newJob(), newCaller()));
  assert.equal(next.finished.outcome.reason, 'MAX_ITERATIONS');
  abort.abort();
  assert.equal((await readRun(run)).finished.outcome.reason, 'CANCELLED');
  await until('both slots are free', () => pool.lanes.run.busy === 0);
  await pool.close();
});
