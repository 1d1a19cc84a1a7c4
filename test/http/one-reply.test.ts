import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import supertest from 'supertest';
import { whileComputing, whileRunning } from '../support/busy.js';
import { allOf, openStream } from '../support/event-stream.js';
import { sample, waitingRuns } from '../support/metrics.js';
import { fromProblem } from '../support/refusal.js';
import { refusalOf } from '../support/refusals.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { startService, type TestService } from '../support/service.js';
import { doublesOf } from '../support/tensors.js';
import { column, joined, postJson, rest } from '../support/transports.js';
import { until } from '../support/until.js';

let service: TestService;
before(async () => {
  service = await startService({ QUEUE_LIMIT: '1', INLINE_OPERATIONS: '0' });
});
after(() => service.stop());

describe('a run as one reply', () => {
  test('has the columns only when a trace is asked for', async () => {
    assert.equal((await rest(service).run(shortRun())).trace, null);
    const { trace } = await rest(service).run(shortRun({ metrics: { trace: true, every: 100 } }));
    assert.deepEqual([trace?.firstIteration, trace?.stride], [0, 100]);
    assert.equal(column(trace, 'value').length, 11);
  });

  test('has raw columns as base64 of little-endian doubles', async () => {
    const values = (await rest(service).run(shortRun({ metrics: { trace: true } }))).trace;
    const raw = (await rest(service).run(shortRun({ metrics: { trace: true, encoding: 'RAW' } }))).trace;
    assert.equal(raw?.columns.length, values?.columns.length);
    for (const { name, raw: bytes, ...rest } of raw?.columns ?? []) {
      assert.deepEqual(rest, {});
      assert.deepEqual(doublesOf(bytes as string), column(values, name));
    }
  });

  test('has raw columns in every batch of a stream as well', async () => {
    const stream = await openStream(service, shortRun({ metrics: { encoding: 'RAW' } }));
    const batches = (await allOf(stream.events())).flatMap(({ metrics }) => metrics ?? []);
    const raw = joined(batches)?.columns.find(({ name }) => name === 'value')?.raw;
    assert.equal(doublesOf(raw as string).length, 1001);
  });

  test('is the best so far, with status 200, at the deadline of the caller', async () => {
    const reply = await fetch(`${service.http}/v1/full-run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'gradclip-timeout': '0.3s' },
      body: JSON.stringify(endlessRun()),
    });
    assert.equal(reply.status, 200);
    assert.equal(((await reply.json()) as { reason: string }).reason, 'DEADLINE');
  });

  test('is 503 when the queue is full, and 504 when its deadline passes there', () =>
    whileRunning(service, async () => {
      const late = fetch(`${service.http}/v1/full-run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'gradclip-timeout': '0.3s' },
        body: JSON.stringify(shortRun()),
      });
      await until('it waits', async () => (await sample(service, waitingRuns)) === 1);
      const { status, reason } = await refusalOf(postJson(service, '/v1/full-run', shortRun()));
      assert.deepEqual([status, reason], [503, 'OVERLOADED']);
      const reply = await late;
      assert.equal(reply.status, 504);
      assert.equal(fromProblem(504, await reply.text()).reason, 'DEADLINE');
    }));
});

describe('a single computation', () => {
  const clip = { gradients: [[3, 4]], clipping: { globalNorm: { threshold: 1 } } };
  const post = (body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${service.http}/v1/clip`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  test('is 504 when its deadline passes in the queue', () =>
    whileComputing(service, async () => {
      const reply = await post(clip, { 'gradclip-timeout': '0.05s' });
      assert.equal(reply.status, 504);
      assert.equal(fromProblem(504, await reply.text()).reason, 'DEADLINE');
    }));

  test('waits for its turn however far its deadline is', () =>
    whileComputing(service, async () => {
      assert.equal((await post(clip, { 'gradclip-timeout': '9999999s' })).status, 200);
    }));

  test('gets its own request id back, and one where it sent none or an unusable one', async () => {
    assert.equal((await post(clip, { 'x-request-id': 'mine-1' })).headers.get('x-request-id'), 'mine-1');
    for (const headers of [{}, { 'x-request-id': 'not ours' }] as Record<string, string>[]) {
      const id = (await post(clip, headers)).headers.get('x-request-id') ?? '';
      assert.match(id, /^[\w-]{5,}$/);
    }
  });
});

describe('the Accept header of a run', () => {
  const json = 'application/json; charset=utf-8';
  for (const [accept, type] of [
    [undefined, json],
    ['*/*', json],
    ['application/json', json],
    ['application/*', json],
    ['text/event-stream', 'text/event-stream; charset=utf-8'],
    ['application/x-ndjson', 'application/x-ndjson; charset=utf-8'],
    ['application/protobuf', 'application/protobuf'],
    ['text/html, application/x-ndjson;q=0.5', 'application/x-ndjson; charset=utf-8'],
    ['text/event-stream;q=0.2, application/json;q=0.9', json],
    ['application/json;q=0.2, text/event-stream;q=0.9', 'text/event-stream; charset=utf-8'],
  ] as const)
    test(`${accept ?? 'that is absent'} gets ${type}`, async () => {
      // fetch would send an Accept of its own.
      const reply = supertest(service.http).post('/v1/full-run').buffer(true);
      if (accept !== undefined) reply.set('accept', accept);
      const { status, headers } = await reply.send(shortRun());
      assert.deepEqual([status, headers['content-type']], [200, type]);
    });
});
