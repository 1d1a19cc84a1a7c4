import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import type { Client } from '@grpc/grpc-js';
import { allOf, openStream } from './support/event-stream.js';
import { newGrpcClient } from './support/grpc-client.js';
import { busyRuns, sample, waitingRuns } from './support/metrics.js';
import { type ServingProgram, type Settings, serveProgram } from './support/program.js';
import type { Result, RunEvent } from './support/replies.js';
import { endlessRun, shortRun } from './support/runs.js';
import { newHealthClient } from './support/standard-services.js';
import { until } from './support/until.js';

/** A service whose end is watched: it must come with code 0, within the grace time and what a busy machine adds. */
async function drained(
  graceSeconds: number,
  settings: Settings,
  body: (service: ServingProgram, sigterm: () => void) => Promise<void>,
): Promise<number> {
  const service = await serveProgram({ GRACE_TIME: `${graceSeconds}s`, ...settings });
  let signalled = 0;
  const sigterm = (): void => {
    if (signalled === 0) signalled = performance.now();
    service.signal('SIGTERM');
  };
  const ended = service.exit.then((exit) => ({ ...exit, seconds: (performance.now() - signalled) / 1000 }));
  await body(service, sigterm);
  const { code, signal, stderr, seconds } = await ended;
  assert.deepEqual([code, signal, stderr], [0, null, '']);
  assert.ok(seconds < graceSeconds + 1, `it took ${seconds} s`);
  return seconds;
}

const busy = (service: ServingProgram): Promise<void> =>
  until('a run is under way', async () => (await sample(service, busyRuns)) === 1);

async function resultOf(events: AsyncIterable<RunEvent>): Promise<Result | undefined> {
  return (await allOf(events)).at(-1)?.result;
}

// Two at a time: they wait more than they compute.
describe('after SIGTERM', { concurrency: 2 }, () => {
  test('an idle service ends at once, whatever its grace time', async () => {
    const seconds = await drained(30, {}, async (_service, sigterm) => sigterm());
    assert.ok(seconds < 10, `it took ${seconds} s`);
  });

  test('an idle connection that is kept alive does not hold it up', async () => {
    const agent = new Agent({ keepAlive: true });
    const seconds = await drained(30, {}, async ({ http }, sigterm) => {
      await new Promise<void>((resolve) => {
        request(`${http}/livez`, { agent }, (reply) => reply.resume().once('end', resolve)).end();
      });
      const { hostname, port } = new URL(http);
      await new Promise<void>((resolve) => connect(Number(port), hostname, resolve).on('error', () => {}));
      sigterm();
    });
    agent.destroy();
    assert.ok(seconds < 10, `it took ${seconds} s`);
  });

  test('a short run ends with its own reason, over both transports, and the service right after it', async () => {
    const budget = { maxIterations: 4e9, maxWallTime: { seconds: 1 } };
    const seconds = await drained(30, { WORKERS: '2' }, async (service, sigterm) => {
      const grpc = newGrpcClient(service.address);
      const overGrpc = resultOf(grpc.stream(endlessRun({ budget, metrics: { every: 1000 } })));
      const http = await openStream(
        service,
        endlessRun({ budget: { ...budget, maxWallTime: '1s' }, metrics: { every: 1000 } }),
        'ndjson',
        { connection: 'keep-alive' },
      );
      await until('both are under way', async () => (await sample(service, busyRuns)) === 2);
      sigterm();
      assert.equal((await resultOf(http.events()))?.reason, 'DEADLINE');
      assert.equal((await overGrpc)?.reason, 'DEADLINE');
      grpc.close();
    });
    assert.ok(seconds < 10, `it took ${seconds} s`);
  });

  test('a long run ends at an iteration boundary, with a result that says so', async () => {
    await drained(2, { WORKERS: '2' }, async (service, sigterm) => {
      const grpc = newGrpcClient(service.address);
      const run = endlessRun({ metrics: { every: 1000 } });
      const overGrpc = resultOf(grpc.stream(run));
      const http = resultOf((await openStream(service, run)).events());
      await until('both are under way', async () => (await sample(service, busyRuns)) === 2);
      sigterm();
      for (const result of await Promise.all([http, overGrpc])) {
        assert.equal(result?.reason, 'CANCELLED');
        assert.equal(result.evaluations, result.iterations + 1);
        assert.ok(result.bestValue <= 1e4 && result.iterations > 0);
      }
      grpc.close();
    });
  });

  test('a run that waits in the queue ends with a result too', async () => {
    await drained(2, {}, async (service, sigterm) => {
      const run = endlessRun({ metrics: { every: 1000 } });
      const first = resultOf((await openStream(service, run)).events());
      await busy(service);
      const second = resultOf((await openStream(service, run)).events());
      await until('one waits', async () => (await sample(service, waitingRuns)) === 1);
      sigterm();
      assert.equal((await first)?.reason, 'CANCELLED');
      const { reason, iterations } = (await second) as Result;
      assert.deepEqual([reason, iterations], ['CANCELLED', 0]);
    });
  });

  test('readers that sleep are left behind within the grace time', async () => {
    await drained(2, { WORKERS: '2' }, async (service, sigterm) => {
      const grpc = newGrpcClient(service.address);
      const http = await openStream(service, endlessRun());
      const call = grpc.stream(endlessRun());
      call.on('error', () => {});
      await new Promise((resolve) => call.once('readable', resolve));
      await until('both are under way', async () => (await sample(service, busyRuns)) === 2);
      sigterm();
      await service.exit;
      http.destroy();
      grpc.close();
    });
  });

  test('a second and a third signal do no harm', async () => {
    await drained(2, {}, async (service, sigterm) => {
      const run = resultOf((await openStream(service, endlessRun({ metrics: { every: 1000 } }))).events());
      await busy(service);
      sigterm();
      sigterm();
      service.signal('SIGINT');
      assert.equal((await run)?.reason, 'CANCELLED');
    });
  });

  test('nothing new is taken: /readyz and the health service say so, and ports are closed', async () => {
    await drained(3, {}, async (service, sigterm) => {
      const watch = newHealthClient(service.address) as Client & {
        watch(request: object): AsyncIterable<{ status: string }>;
      };
      const statuses = watch.watch({ service: '' })[Symbol.asyncIterator]();
      assert.equal((await statuses.next()).value?.status, 'SERVING');
      const run = resultOf((await openStream(service, endlessRun({ metrics: { every: 1000 } }))).events());
      await busy(service);
      sigterm();
      assert.equal((await statuses.next()).value?.status, 'NOT_SERVING');
      for (const path of ['/readyz', '/v1/catalog']) {
        const reply = await fetch(service.http + path).catch((error: unknown) => error);
        assert.ok(reply instanceof Error || (reply as Response).status === 503, path);
      }
      assert.equal((await run)?.reason, 'CANCELLED');
      watch.close();
    });
  });

  test('a reply of one piece that is under way is still sent', async () => {
    await drained(30, {}, async (service, sigterm) => {
      const budget = { maxIterations: 4e9, maxWallTime: '1s' };
      const reply = fetch(`${service.http}/v1/full-run`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(shortRun({ budget, optimizer: { sgd: { learningRate: 1e-9 } } })),
      });
      await busy(service);
      sigterm();
      assert.equal(((await (await reply).json()) as Result).reason, 'DEADLINE');
    });
  });
});
