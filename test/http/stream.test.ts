import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { idle, whileRunning } from '../support/busy.js';
import { allOf, namesOf, openStream, STREAM_TYPES } from '../support/event-stream.js';
import { activeStreams, requests, sample, waitingRuns } from '../support/metrics.js';
import { fromProblem } from '../support/refusal.js';
import type { Metrics } from '../support/replies.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { startService, type TestService } from '../support/service.js';
import { joined, rest } from '../support/transports.js';
import { until } from '../support/until.js';

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const iterationsOf = (batches: readonly Metrics[]): number[] =>
  batches.flatMap(({ firstIteration, stride, columns }) =>
    range(columns[0]?.values?.length ?? 0).map((row) => firstIteration + stride * row),
  );

let service: TestService;
before(async () => {
  service = await startService({ QUEUE_LIMIT: '1' });
});
after(() => service.stop());

for (const format of ['sse', 'ndjson'] as const)
  describe(`a run as ${format}`, () => {
    test('says accepted first, then every iteration in order, and the result last', async () => {
      const stream = await openStream(service, shortRun(), format, { 'x-request-id': 'stream-1' });
      assert.equal(stream.status, 200);
      assert.equal(stream.headers['content-type'], `${STREAM_TYPES[format]}; charset=utf-8`);
      assert.equal(stream.headers['cache-control'], 'no-store');
      assert.equal(stream.headers['x-request-id'], 'stream-1');
      const events = await allOf(stream.events());
      const names = namesOf(events);
      assert.deepEqual([names[0], names.at(-1)], ['accepted', 'result']);
      assert.ok(names.length > 2 && names.slice(1, -1).every((name) => name === 'metrics'));
      assert.deepEqual(iterationsOf(events.flatMap(({ metrics }) => metrics ?? [])), range(1001));
      assert.equal(events.at(-1)?.result?.reason, 'MAX_ITERATIONS');
    });

    test('has the numbers of the same run as one JSON reply', async () => {
      const events = await allOf((await openStream(service, shortRun(), format)).events());
      const { result, trace } = await rest(service).run(shortRun({ metrics: { trace: true } }));
      const streamed = events.at(-1)?.result;
      assert.deepEqual(streamed?.parameters, result.parameters);
      assert.equal(streamed?.summary.digest, result.summary.digest);
      assert.deepEqual(joined(events.flatMap(({ metrics }) => metrics ?? [])), trace);
    });

    test('says what it would cost and nothing else when it is only to be validated', async () => {
      const stream = await openStream(service, shortRun({ validateOnly: true }), format);
      assert.deepEqual(namesOf(await allOf(stream.events())), ['accepted']);
    });

    test('ends with the best so far at the deadline of the caller', async () => {
      const headers = { 'gradclip-timeout': '0.3s' };
      const events = await allOf((await openStream(service, endlessRun(), format, headers)).events());
      assert.equal(events.at(-1)?.result?.reason, 'DEADLINE');
    });

    test('is a status as long as nothing is under way: 503 when the queue is full', () =>
      whileRunning(service, async () => {
        const waiting = await openStream(service, endlessRun());
        const refused = await openStream(service, shortRun(), format, { 'x-request-id': 'full-1' });
        assert.equal(refused.status, 503);
        assert.match(refused.headers['retry-after'] ?? '', /^[1-9]\d*$/);
        assert.equal(refused.headers['x-request-id'], 'full-1');
        assert.equal(fromProblem(503, await refused.text()).reason, 'OVERLOADED');
        waiting.destroy();
        await until('the queue is empty', async () => (await sample(service, waitingRuns)) === 0);
      }));

    test('says a failure in its stream once that has begun', () =>
      whileRunning(service, async () => {
        const headers = { 'gradclip-timeout': '0.2s', 'x-request-id': 'late-1' };
        const stream = await openStream(service, shortRun(), format, headers);
        assert.equal(stream.status, 200);
        const events = await allOf(stream.events());
        assert.deepEqual(namesOf(events), ['accepted', 'error']);
        const { reason, status, requestId } = events[1]?.error ?? {};
        assert.deepEqual([reason, status, requestId], ['DEADLINE', 504, 'late-1']);
      }));
  });

describe('a stream', () => {
  test('frees its worker when the client vanishes in the middle', async () => {
    const cancelled = requests('full-run', 'http', 'CANCELLED');
    const before = await sample(service, cancelled);
    const stream = await openStream(service, endlessRun());
    for await (const { metrics } of stream.events()) if (metrics !== undefined) break;
    assert.equal(await sample(service, activeStreams('http')), 1);
    stream.destroy();
    await idle(service);
    await until('the stream is closed', async () => (await sample(service, activeStreams('http'))) === 0);
    await until('it counts as cancelled', async () => (await sample(service, cancelled)) === before + 1);
  });

  test('leaves the queue when the client vanishes there', () =>
    whileRunning(service, async () => {
      const stream = await openStream(service, endlessRun());
      await until('it waits', async () => (await sample(service, waitingRuns)) === 1);
      stream.destroy();
      await until('it has left', async () => (await sample(service, waitingRuns)) === 0);
    }));

  test('slows a run to its reader, and loses nothing', async () => {
    const stream = await openStream(
      service,
      endlessRun({ budget: { maxIterations: 4e9, maxWallTime: '1.5s' } }),
    );
    await sleep(1000);
    const [before, events] = [performance.now(), [] as Metrics[]];
    let last: unknown;
    for await (const { metrics, result } of stream.events()) {
      if (metrics !== undefined) events.push(metrics);
      last = result;
      if (performance.now() - before < 400) await sleep(20);
    }
    const { reason, iterations } = last as { reason: string; iterations: number };
    assert.equal(reason, 'DEADLINE');
    const seen = iterationsOf(events);
    assert.equal(seen.length, iterations + 1);
    assert.ok(seen.every((k, i) => k === i));
    // What sockets buffer and a few batches; unhindered it would be millions.
    assert.ok(iterations < 500_000, `${iterations} iterations`);
  });

  test('says heartbeat to a client that has waited ten seconds, in the queue as well', () =>
    whileRunning(service, async () => {
      const names: string[] = [];
      for await (const event of (await openStream(service, endlessRun())).events()) {
        names.push(...namesOf([event]));
        if (event.heartbeat !== undefined) break;
      }
      assert.deepEqual(names, ['accepted', 'heartbeat']);
      await until('it has left the queue', async () => (await sample(service, waitingRuns)) === 0);
    }));
});
