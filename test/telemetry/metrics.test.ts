import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { allOf, openStream } from '../support/event-stream.js';
import { activeStreams, busyRuns, requests, sample, samples } from '../support/metrics.js';
import { refusalOf } from '../support/refusals.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { startService, type TestService } from '../support/service.js';
import { postJson } from '../support/transports.js';
import { until } from '../support/until.js';

const clip = (...gradients: number[][]) => ({ gradients, clipping: { perTensorNorm: { threshold: 5 } } });
const message = (request: ReturnType<typeof clip>) => ({
  ...request,
  gradients: request.gradients.map((values) => ({ shape: [values.length], values })),
});

let service: TestService;
before(async () => {
  // Every computation goes to a thread and so through its queue.
  service = await startService({ INLINE_OPERATIONS: '0' });
});
after(() => service.stop());

/** By how much each sample grew while `body` executed. */
async function growth(body: () => Promise<unknown>): Promise<(name: string) => number> {
  const earlier = await samples(service);
  await body();
  const later = await samples(service);
  return (name) => (later.get(name) ?? 0) - (earlier.get(name) ?? 0);
}

describe('/metrics', () => {
  test('counts requests by operation, transport and how they ended', async () => {
    const grew = await growth(async () => {
      await postJson(service, '/v1/clip', clip([3, 4]));
      await postJson(service, '/v1/clip', clip([3, 4]));
      await service.grpc.unary('Clip', message(clip([3, 4])));
      await refusalOf(postJson(service, '/v1/clip', { gradients: [[1]] }));
      await refusalOf(service.grpc.unary('Evaluate', {}));
      await postJson(service, '/v1/full-run', shortRun());
      await service.grpc.events(shortRun());
    });
    for (const [operation, transport, reason, count] of [
      ['clip', 'http', 'OK', 2],
      ['clip', 'grpc', 'OK', 1],
      ['clip', 'http', 'INVALID_FIELD', 1],
      ['evaluate', 'grpc', 'INVALID_FIELD', 1],
      ['full-run', 'http', 'OK', 1],
      ['full-run', 'grpc', 'OK', 1],
    ] as const)
      assert.equal(
        grew(requests(operation, transport, reason)),
        count,
        `${operation} ${transport} ${reason}`,
      );
  });

  test('counts what is refused before it reaches an operation', async () => {
    const post = (path: string, type: string, body: string) =>
      fetch(service.http + path, { method: 'POST', headers: { 'content-type': type }, body });
    const grew = await growth(async () => {
      await post('/v1/clip', 'text/plain', 'x');
      await post('/v1/clip', 'application/json', ' '.repeat(33 * 1024 * 1024));
      await post('/v1/none', 'application/json', '{}');
      await post('/v1/catalog', 'application/json', '{}');
    });
    assert.equal(grew(requests('clip', 'http', 'UNSUPPORTED_MEDIA_TYPE')), 1);
    assert.equal(grew(requests('clip', 'http', 'PAYLOAD_TOO_LARGE')), 1);
    assert.equal(grew(requests('none', 'http', 'NOT_FOUND')), 1);
    assert.equal(grew(requests('none', 'http', 'METHOD_NOT_ALLOWED')), 1);
  });

  test('measures waiting and computing by the kind of thread', async () => {
    const grew = await growth(async () => {
      await postJson(service, '/v1/clip', clip([3, 4]));
      await postJson(service, '/v1/full-run', shortRun());
    });
    for (const lane of ['unary', 'run'])
      for (const what of ['queue', 'compute'])
        assert.equal(grew(`gradclip_${what}_duration_seconds_count{lane="${lane}"}`), 1, `${lane} ${what}`);
    assert.ok(grew('gradclip_compute_duration_seconds_sum{lane="run"}') > 0);
  });

  test('counts the gradients that were clipped and those that were not', async () => {
    const grew = await growth(() => postJson(service, '/v1/clip', clip([3, 4], [30, 40], [0.3], [60, 80])));
    assert.equal(grew('gradclip_gradients_total{clipped="true"}'), 2);
    assert.equal(grew('gradclip_gradients_total{clipped="false"}'), 2);
  });

  test('counts runs by how they ended, their iterations, and the fraction that was clipped', async () => {
    const grew = await growth(async () => {
      // 188 of its thousand steps are clipped.
      await postJson(service, '/v1/full-run', shortRun());
      const diverging = { optimizer: { sgd: { learningRate: 1 } }, clipping: { none: {} } };
      await postJson(service, '/v1/full-run', shortRun(diverging));
    });
    assert.equal(grew('gradclip_runs_total{reason="MAX_ITERATIONS"}'), 1);
    assert.equal(grew('gradclip_runs_total{reason="DIVERGED"}'), 1);
    assert.equal(grew('gradclip_run_clipped_fraction_count'), 2);
    assert.ok(Math.abs(grew('gradclip_run_clipped_fraction_sum') - 0.188) < 1e-12);
    assert.equal(grew('gradclip_run_clipped_fraction_bucket{le="0.1"}'), 1);
    assert.equal(grew('gradclip_run_clipped_fraction_bucket{le="0.25"}'), 2);
    const iterations = grew('gradclip_iterations_total');
    assert.ok(iterations > 1000 && iterations < 1020, `${iterations} iterations`);
  });

  test('shows the streams that are open and the threads that are busy', async () => {
    assert.equal(await sample(service, activeStreams('http')), 0);
    const stream = await openStream(service, endlessRun());
    await until('the thread is busy', async () => (await sample(service, busyRuns)) === 1);
    assert.equal(await sample(service, activeStreams('http')), 1);
    stream.destroy();
    await until('the thread is free', async () => (await sample(service, busyRuns)) === 0);
    await until('the stream is closed', async () => (await sample(service, activeStreams('http'))) === 0);
    await allOf((await openStream(service, shortRun())).events());
    await until('it is closed again', async () => (await sample(service, activeStreams('http'))) === 0);
  });

  test('has the delay of the event loop, memory and the restarts of threads', async () => {
    const text = await (await fetch(`${service.http}/metrics`)).text();
    for (const name of [
      'nodejs_eventloop_lag_seconds',
      'nodejs_eventloop_lag_p99_seconds',
      'nodejs_heap_size_used_bytes',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'gradclip_worker_restarts_total',
    ])
      assert.match(text, new RegExp(`^# TYPE ${name} (gauge|counter)$`, 'm'));
  });
});
