import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { idle } from './support/busy.js';
import { openStream } from './support/event-stream.js';
import { type GrpcClient, newGrpcClient } from './support/grpc-client.js';
import { activeStreams, sample, waitingRuns } from './support/metrics.js';
import { handlesOf, memoryOf, type ServingProgram, serveProgram, threadsOf } from './support/program.js';
import type { ClipReply } from './support/replies.js';
import { endlessRun } from './support/runs.js';
import { send } from './support/send.js';
import { until } from './support/until.js';

const CLIP = { gradients: [{ shape: [2], values: [3, 4] }], clipping: { globalNorm: { threshold: 5 } } };
/** What a few threads and lazily opened files may add. */
const SPARE = 4;

let service: ServingProgram;
let grpc: GrpcClient;
before(async () => {
  service = await serveProgram({ WORKERS: '2', LOG_LEVEL: 'silent' });
  grpc = newGrpcClient(service.address);
});
after(async () => {
  grpc.close();
  await service.stop();
});

async function assertServesBoth(): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const reply = await send(`${service.http}/v1/clip`, { headers, body: JSON.stringify(CLIP) });
  assert.equal((JSON.parse(reply.body.toString()) as ClipReply).reports[0]?.norm, 5);
  assert.equal((await grpc.unary<ClipReply>('Clip', CLIP)).reports[0]?.norm, 5);
}

const quiet = async (): Promise<void> => {
  await idle(service);
  for (const name of [waitingRuns, activeStreams('http'), activeStreams('grpc')])
    await until(`${name} is 0`, async () => (await sample(service, name)) === 0);
};

/** Threads and open files are after `body` what they were before it. */
async function assertLeavesNothing(body: () => Promise<void>): Promise<void> {
  await quiet();
  const earlier = { threads: threadsOf(service), handles: handlesOf(service) };
  await body();
  await quiet();
  await until(
    `no more than ${JSON.stringify(earlier)}`,
    () => threadsOf(service) <= earlier.threads + SPARE && handlesOf(service) <= earlier.handles + SPARE,
  );
  await assertServesBoth();
}

/** Opens a run, waits for its first event and resets it. */
function resetOne(): Promise<void> {
  return new Promise((resolve) => {
    const call = grpc.stream(endlessRun());
    call.once('data', () => call.cancel());
    call.on('error', () => {}).once('close', resolve);
  });
}

async function abortOne(): Promise<void> {
  const stream = await openStream(service, endlessRun(), 'sse');
  for await (const _first of stream.events()) break;
  stream.destroy();
}

/** `total` times `one`, a hundred at a time. */
async function manyTimes(total: number, one: () => Promise<void>): Promise<void> {
  for (let done = 0; done < total; done += 100)
    await Promise.all(Array.from({ length: Math.min(100, total - done) }, one));
}

describe('a service under streams', () => {
  test('keeps its memory and serves others while clients do not read', async () => {
    await assertServesBoth();
    const before = memoryOf(service).now;
    const http = await openStream(service, endlessRun());
    const call = grpc.stream(endlessRun());
    call.on('error', () => {});
    await new Promise((resolve) => call.once('readable', resolve));
    for (let i = 0; i < 30; i++) {
      await assertServesBoth();
      await sleep(100);
    }
    // The rows of these seconds would be hundreds of megabytes.
    const grown = memoryOf(service).now - before;
    assert.ok(grown < 64, `grew from ${before} by ${grown} MiB`);
    http.destroy();
    call.cancel();
    await quiet();
  });

  test('forgets a thousand gRPC runs that were opened and reset', async () => {
    await manyTimes(100, resetOne);
    await assertLeavesNothing(() => manyTimes(1000, resetOne));
  });

  test('forgets two hundred event streams that were opened and aborted', async () => {
    await manyTimes(20, abortOne);
    await assertLeavesNothing(() => manyTimes(200, abortOne));
  });
});
