import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceError } from '@grpc/grpc-js';
import { idle } from './support/busy.js';
import { type CompareEvent, tableOf, timeless } from './support/comparisons.js';
import { allOf, namesOf, openStream, type StreamEvent } from './support/event-stream.js';
import { busyRuns, requests, sample, samples, waitingRuns } from './support/metrics.js';
import { fromProblem } from './support/refusal.js';
import type { Result } from './support/replies.js';
import { endlessRun, shortRun } from './support/runs.js';
import { startService, type TestService } from './support/service.js';
import { postJson } from './support/transports.js';
import { until } from './support/until.js';

const COMPARE = '/v1/compare';
const x4 = { objective: { quartic: {} }, start: [{ shape: [1], values: [10] }] };
const clipping = { globalNorm: { threshold: 1 } };
const short = { clipping, optimizer: { sgd: { learningRate: 0.05 } } };
const slow = { clipping, optimizer: { sgd: { learningRate: 1e-9 } } };
const times = (n: number, variant: object): object[] => new Array<object>(n).fill(variant);
const for1000 = { budget: { maxIterations: 1000 }, metrics: { every: 1000 } };
const endless = { budget: { maxIterations: 4e9 }, metrics: { every: 1000 } };
const busy = (service: TestService, runs: number): Promise<void> =>
  until(`${runs} run(s) are under way`, async () => (await sample(service, busyRuns)) === runs);
async function stream(service: TestService, request: object, headers = {}) {
  const { events, destroy } = await openStream(service, request, 'ndjson', headers, COMPARE);
  return { events: () => events() as AsyncGenerator<CompareEvent & StreamEvent>, destroy };
}

describe('a comparison in a pool of two threads', () => {
  let service: TestService;
  before(async () => {
    service = await startService({ WORKERS: '2', QUEUE_LIMIT: '2' });
  });
  after(() => service.stop());

  test('runs as many variants at once as there are threads, and keeps the others out of the queue', async () => {
    const call = await stream(service, { ...x4, ...endless, variants: times(64, slow) });
    const seen = new Set<string>();
    const events = call.events();
    while (seen.size < 2) {
      const { metrics } = (await events.next()).value as CompareEvent;
      if (metrics !== undefined) seen.add(metrics.variant);
    }
    assert.deepEqual([...seen].sort(), ['0', '1']);
    const now = await samples(service);
    assert.deepEqual([now.get(busyRuns), now.get(waitingRuns)], [2, 0]);
    call.destroy();
    await idle(service);
  });

  test('is not refused because of its own variants, however many there are, each counted as a run', async () => {
    const runs = 'gradclip_runs_total{reason="MAX_ITERATIONS"}';
    const before = await sample(service, runs);
    const table = await tableOf(service, { ...x4, ...for1000, variants: times(200, short) });
    assert.equal(table.length, 200);
    assert.equal(new Set(table.map(({ digest }) => digest)).size, 1);
    assert.equal(await sample(service, runs), before + 200);
  });

  test('lets the runs of others have their turn', async () => {
    const budget = { maxIterations: 4e9, maxWallTime: '0.2s' };
    const request = { ...x4, budget, metrics: { every: 1000 }, variants: times(40, slow) };
    const events = allOf((await stream(service, request)).events());
    await busy(service, 2);
    const begun = performance.now();
    for (let i = 0; i < 3; i++) await postJson(service, '/v1/full-run', shortRun());
    const waited = performance.now() - begun;
    const summary = (await events).at(-1)?.summary;
    const whole = performance.now() - begun;
    assert.ok(waited < whole / 2, `${waited} ms of ${whole}`);
    assert.equal(summary?.rows.length, 40);
    // Each has its own fifth of a second, which begins with it and not in the queue: all have a result.
    for (const { reason, digest } of summary?.rows ?? [])
      assert.deepEqual([reason, typeof digest], ['DEADLINE', 'string']);
  });

  test('is refused with 503 when others have filled the queue', async () => {
    const others = [await openStream(service, endlessRun()), await openStream(service, endlessRun())];
    await busy(service, 2);
    others.push(await openStream(service, endlessRun()), await openStream(service, endlessRun()));
    await until('two wait', async () => (await sample(service, waitingRuns)) === 2);
    for (const accept of ['application/json', 'application/x-ndjson', 'text/event-stream']) {
      const response = await fetch(service.http + COMPARE, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ ...x4, ...for1000 }),
      });
      assert.equal(response.status, 503);
      assert.equal(fromProblem(503, await response.text()).reason, 'OVERLOADED');
    }
    for (const other of others) other.destroy();
    await idle(service);
  });

  for (const [when, request] of [
    ['while its variants run', { ...x4, ...endless, variants: times(9, slow) }],
    [
      'while it searches',
      { ...x4, budget: { maxIterations: 0 }, variants: [slow, short], search: { iterations: 4e9 } },
    ],
  ] as const) {
    test(`frees its threads when its client vanishes ${when}`, async () => {
      const cancelled = requests('compare', 'http', 'CANCELLED');
      const before = await sample(service, cancelled);
      const call = await stream(service, request);
      await busy(service, 2);
      call.destroy();
      await idle(service);
      assert.equal(await sample(service, waitingRuns), 0);
      await until('it counts as cancelled', async () => (await sample(service, cancelled)) === before + 1);
    });

    test(`frees its threads when the client of one JSON reply vanishes ${when}`, async () => {
      const abort = new AbortController();
      const reply = fetch(service.http + COMPARE, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
        signal: abort.signal,
      });
      await busy(service, 2);
      abort.abort();
      await assert.rejects(reply);
      await idle(service);
    });

    test(`frees its threads when its call is cancelled ${when}`, async () => {
      const cancelled = requests('compare', 'grpc', 'CANCELLED');
      const before = await sample(service, cancelled);
      const call = service.grpc.stream(request, {}, undefined, 'Compare');
      const failed = new Promise<ServiceError>((resolve) => call.once('error', resolve));
      call.resume();
      await busy(service, 2);
      call.cancel();
      assert.equal((await failed).code, 1);
      await idle(service);
      await until('it counts as cancelled', async () => (await sample(service, cancelled)) === before + 1);
    });
  }

  test('ends at the deadline of its caller, with a row for what ran and for what did not', async () => {
    const request = { ...x4, ...endless, variants: [...times(2, slow), ...times(3, short)], search: {} };
    const events = await allOf((await stream(service, request, { 'gradclip-timeout': '0.5s' })).events());
    const rows = events.at(-1)?.summary?.rows ?? [];
    assert.deepEqual(new Set(rows.map(({ reason }) => reason)), new Set(['DEADLINE']));
    for (const [i, { iterations, value, digest, stable, searchEnded, trials }] of rows.entries()) {
      assert.equal(iterations > 0 && value !== undefined && digest !== undefined, i < 2, `row ${i}`);
      assert.deepEqual([stable, searchEnded, trials], [i < 2, 'DEADLINE', 0]);
    }
    const failures = events.flatMap(({ variant }) => variant?.failure ?? []);
    const failure = { reason: 'DEADLINE', detail: 'the deadline passed before anything was produced' };
    assert.deepEqual(failures, [failure, failure, failure]);
  });

  test('fails with DEADLINE when that passes before any of its runs has begun', async () => {
    const others = [await openStream(service, endlessRun()), await openStream(service, endlessRun())];
    await busy(service, 2);
    const call = await stream(
      service,
      { ...x4, ...endless, variants: times(5, slow) },
      { 'gradclip-timeout': '0.3s' },
    );
    const events = await allOf(call.events());
    assert.deepEqual(namesOf(events), ['accepted', 'error']);
    assert.deepEqual([events[1]?.error?.reason, events[1]?.error?.status], ['DEADLINE', 504]);
    for (const other of others) other.destroy();
    await idle(service);
  });

  test('says heartbeat to a client that has waited ten seconds', async () => {
    const others = [await openStream(service, endlessRun()), await openStream(service, endlessRun())];
    await busy(service, 2);
    const call = await stream(service, { ...x4, ...for1000 });
    const events = call.events();
    const seen = [(await events.next()).value, (await events.next()).value] as CompareEvent[];
    assert.deepEqual(namesOf(seen), ['accepted', 'heartbeat']);
    assert.deepEqual(seen[1]?.heartbeat, { finished: 0 });
    for (const other of others) other.destroy();
    const rest = await allOf(events);
    assert.equal(rest.at(-1)?.summary?.rows.length, 2);
    await idle(service);
  });

  test('is slowed to its reader, all variants alike, and loses no row', async () => {
    const budget = { maxIterations: 4e9, maxWallTime: '1.5s' };
    const call = await stream(service, { ...x4, budget, variants: times(2, slow) });
    await sleep(1000);
    const before = performance.now();
    const seen: Record<string, number> = { 0: 0, 1: 0 };
    const results: Result[] = [];
    for await (const { metrics, variant } of call.events()) {
      if (metrics !== undefined) {
        assert.equal(metrics.firstIteration, seen[metrics.variant]);
        seen[metrics.variant] = metrics.firstIteration + (metrics.columns[0]?.values?.length ?? 0);
      }
      if (variant?.result !== undefined) {
        results.push(variant.result);
        assert.equal(variant.result.iterations + 1, seen[variant.name]);
      }
      if (performance.now() - before < 400) await sleep(20);
    }
    assert.equal(results.length, 2);
    // What sockets buffer and a few batches; unhindered it would be millions.
    for (const { iterations } of results) assert.ok(iterations < 500_000, `${iterations} iterations`);
  });
});

describe('a comparison beside others', () => {
  test('waits, once it has begun, where others have filled the queue since', async () => {
    const service = await startService({ WORKERS: '2', QUEUE_LIMIT: '0' });
    const alone = await tableOf(service, { ...x4, ...for1000, variants: times(8, short) });
    const other = await openStream(service, endlessRun());
    await busy(service, 1);
    // The second of its runs is refused, as is each that comes while another has the only thread left.
    const beside = await tableOf(service, { ...x4, ...for1000, variants: times(8, short) });
    assert.deepEqual(beside.map(timeless), alone.map(timeless));
    assert.equal(await sample(service, busyRuns), 1);
    other.destroy();
    await service.stop();
  });

  test('ends with a row for each variant when the service stops', async () => {
    const service = await startService({ WORKERS: '2', GRACE_TIME: '2s' });
    const call = await stream(service, { ...x4, ...endless, variants: times(5, slow), search: {} });
    const events = allOf(call.events());
    await busy(service, 2);
    const stopped = service.stop();
    const rows = (await events).at(-1)?.summary?.rows ?? [];
    assert.deepEqual(
      rows.map(({ reason, searchEnded }) => [reason, searchEnded]),
      times(5, ['CANCELLED', 'CANCELLED']),
    );
    await stopped;
  });
});
