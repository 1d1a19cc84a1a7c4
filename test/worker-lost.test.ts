import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type CompareEvent, timeless, type VariantRow } from './support/comparisons.js';
import { allOf, openStream } from './support/event-stream.js';
import { newGrpcClient } from './support/grpc-client.js';
import { busyRuns, requests, sample } from './support/metrics.js';
import { type ServingProgram, serveProgram } from './support/program.js';
import { refusalOf } from './support/refusals.js';
import type { RunEvent } from './support/replies.js';
import { endlessRun, shortRun } from './support/runs.js';
import { send } from './support/send.js';
import { until } from './support/until.js';

/** Lists that a thread with the smallest heap cannot hold. */
const numbers = Array.from({ length: 650_000 }, (_, i) => 1 + (i % 97) / 8);
const hungryRun = {
  objective: { quadratic: { diagonal: numbers, linear: numbers } },
  optimizer: { sgd: {} },
  budget: { maxIterations: 3 },
};
/** Runs of which only that has such lists: the numbers of the rule, which an objective of so many variables does not need. */
const hungryVariant = {
  objective: { quartic: { dimension: 1_300_000 } },
  budget: { maxIterations: 3 },
  variants: [
    { name: 'before', optimizer: { sgd: {} } },
    {
      name: 'hungry',
      clipping: { project: { hyperplane: { normal: [...numbers, ...numbers] } } },
      optimizer: { sgd: {} },
    },
    { name: 'after', optimizer: { sgd: {} } },
  ],
};
const restarts = 'gradclip_worker_restarts_total{lane="run"}';

describe('a thread that runs out of memory', () => {
  let service: ServingProgram;
  before(async () => {
    service = await serveProgram({ WORKERS: '2', WORKER_HEAP_MEGABYTES: '32' });
  });
  after(() => service.stop());

  const postRun = (request: object) =>
    send(`${service.http}/v1/full-run`, {
      headers: { 'content-type': 'application/json', 'x-request-id': 'hungry-1' },
      body: JSON.stringify(request),
    });

  test('fails its own run only, over both transports, and is replaced and counted', async () => {
    const budget = { maxIterations: 4e9, maxWallTime: '4s' };
    const other = await openStream(service, endlessRun({ budget, metrics: { every: 1000 } }));
    const otherEvents = allOf(other.events());
    await until('the other run is under way', async () => (await sample(service, busyRuns)) === 1);

    const reply = await postRun(hungryRun);
    assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '1']);
    assert.equal((JSON.parse(reply.body.toString()) as { reason: string }).reason, 'WORKER_LOST');
    assert.doesNotMatch(reply.body.toString(), /heap|node:/);

    const grpc = newGrpcClient(service.address);
    const { status, reason } = await refusalOf(grpc.events(hungryRun));
    assert.deepEqual([status, reason], [14, 'WORKER_LOST']);

    assert.equal((await postRun(shortRun())).status, 200);
    const events = await grpc.events<RunEvent>(shortRun());
    assert.equal(events.at(-1)?.result?.reason, 'MAX_ITERATIONS');
    grpc.close();

    assert.equal((await otherEvents).at(-1)?.result?.reason, 'DEADLINE');
    assert.equal(await sample(service, restarts), 2);
    assert.equal(await sample(service, requests('full-run', 'http', 'WORKER_LOST')), 1);
    assert.equal(await sample(service, requests('full-run', 'grpc', 'WORKER_LOST')), 1);
    await until('all slots are free', async () => (await sample(service, busyRuns)) === 0);
    await until('its loss is logged', () => service.logs().some(({ msg }) => msg === 'worker lost'));
    const line = service.logs().find(({ requestId }) => requestId === 'hungry-1');
    assert.deepEqual([line?.['level'], line?.['reason']], [50, 'WORKER_LOST']);
    assert.match(String(line?.['cause']), /out of memory/);
  });

  test('fails its own variant of a comparison only', async () => {
    const before = await sample(service, restarts);
    const headers = { 'content-type': 'application/json' };
    const reply = await send(`${service.http}/v1/compare`, { headers, body: JSON.stringify(hungryVariant) });
    assert.equal(reply.status, 200);
    const { rows } = JSON.parse(reply.body.toString()) as { rows: readonly VariantRow[] };
    const [first, hungry, last] = rows.map(timeless);
    assert.deepEqual(hungry, {
      name: 'hungry',
      reason: 'WORKER_LOST',
      detail: 'the worker that executed the request was lost',
      stable: false,
      iterations: 0,
    });
    assert.deepEqual({ ...last, name: 'before' }, first);
    assert.equal(rows[0]?.reason, 'MAX_ITERATIONS');
    assert.equal(await sample(service, restarts), before + 1);

    const grpc = newGrpcClient(service.address);
    const events = await grpc.events<CompareEvent>(hungryVariant, 'Compare');
    grpc.close();
    const failures = events.flatMap(({ variant }) => (variant?.failure === undefined ? [] : [variant]));
    assert.deepEqual(failures, [
      {
        name: 'hungry',
        failure: { reason: 'WORKER_LOST', detail: 'the worker that executed the request was lost' },
      },
    ]);
    assert.deepEqual(
      events.at(-1)?.summary?.rows.map(({ reason }) => reason),
      ['MAX_ITERATIONS', 'WORKER_LOST', 'MAX_ITERATIONS'],
    );
    await until('all slots are free', async () => (await sample(service, busyRuns)) === 0);
  });
});
