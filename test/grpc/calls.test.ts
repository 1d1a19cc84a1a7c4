import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { idle, whileComputing, whileRunning } from '../support/busy.js';
import { allOf, namesOf } from '../support/event-stream.js';
import { newGrpcClient } from '../support/grpc-client.js';
import { activeStreams, busyRuns, requests, sample, waitingRuns } from '../support/metrics.js';
import { fromServiceError, type Refusal, retryDelayOf } from '../support/refusal.js';
import { refusalOf } from '../support/refusals.js';
import type { ClipReply, RunEvent } from '../support/replies.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { startService, type TestService } from '../support/service.js';
import { until } from '../support/until.js';

const MiB = 1024 * 1024;
const clip = { gradients: [{ shape: [2], values: [3, 4] }], clipping: { globalNorm: { threshold: 5 } } };

let service: TestService;
before(async () => {
  service = await startService({
    INLINE_OPERATIONS: '0',
    QUEUE_LIMIT: '1',
    MAX_MESSAGE_BYTES: String(MiB),
  });
});
after(() => service.stop());

async function failureOf(events: AsyncIterable<RunEvent>): Promise<ServiceError> {
  try {
    await allOf(events);
  } catch (error) {
    return error as ServiceError;
  }
  throw new assert.AssertionError({ message: 'the call did not fail' });
}

describe('a run over gRPC', () => {
  test('says accepted first, then every iteration, and the result last', async () => {
    const events = await service.grpc.events<RunEvent>(shortRun());
    const names = namesOf(events);
    assert.deepEqual([names[0], names.at(-1)], ['accepted', 'result']);
    assert.ok(names.slice(1, -1).every((name) => name === 'metrics'));
    const rows = events.flatMap(({ metrics }) => metrics?.columns[0]?.values ?? []);
    assert.equal(rows.length, 1001);
  });

  test('ends with the best so far before the deadline of its caller', async () => {
    const run = endlessRun({ metrics: { every: 1000 } });
    const events = await allOf<RunEvent>(service.grpc.stream(run, { deadline: Date.now() + 1000 }));
    assert.equal(events.at(-1)?.result?.reason, 'DEADLINE');
  });

  test('gives its own request id back when it fails', async () => {
    const metadata = new Metadata();
    metadata.set('x-request-id', 'grpc-1');
    const failure = await failureOf(service.grpc.stream({}, {}, metadata));
    assert.equal(failure.code, 3);
    assert.deepEqual(failure.metadata.get('x-request-id'), ['grpc-1']);
  });

  test('frees its thread when it is cancelled', async () => {
    const cancelled = requests('full-run', 'grpc', 'CANCELLED');
    const before = await sample(service, cancelled);
    const call = service.grpc.stream(endlessRun());
    const failure = await new Promise<ServiceError>((resolve) => {
      call.once('error', resolve);
      call.on('data', ({ metrics }: RunEvent) => metrics !== undefined && call.cancel());
    });
    assert.equal(failure.code, 1);
    await idle(service);
    await until('the stream is closed', async () => (await sample(service, activeStreams('grpc'))) === 0);
    await until('it counts as cancelled', async () => (await sample(service, cancelled)) === before + 1);
  });

  test('leaves the queue when it is cancelled there', () =>
    whileRunning(service, async () => {
      const call = service.grpc.stream(endlessRun());
      call.on('error', () => {});
      call.once('data', () => call.cancel());
      await until('it has come and gone', async () => (await sample(service, waitingRuns)) === 0);
      assert.equal(await sample(service, busyRuns), 1);
    }));

  test('is UNAVAILABLE when the queue is full, and says when to come back', () =>
    whileRunning(service, async () => {
      const waiting = service.grpc.stream(endlessRun());
      waiting.on('error', () => {}).resume();
      await until('one waits', async () => (await sample(service, waitingRuns)) === 1);
      const failure = await failureOf(service.grpc.stream(shortRun()));
      assert.equal(failure.code, 14);
      const { reason, metadata } = fromServiceError(failure) as Refusal;
      assert.deepEqual([reason, metadata], ['OVERLOADED', { limit: '1' }]);
      assert.ok(retryDelayOf(failure) >= 1);
      waiting.cancel();
      await until('the queue is empty', async () => (await sample(service, waitingRuns)) === 0);
    }));

  test('is DEADLINE_EXCEEDED when its deadline passes in the queue', () =>
    whileRunning(service, async () => {
      const failure = await failureOf(service.grpc.stream(shortRun(), { deadline: Date.now() + 400 }));
      assert.equal(failure.code, 4);
      await until('it has left the queue', async () => (await sample(service, waitingRuns)) === 0);
    }));
});

describe('a single computation over gRPC', () => {
  test('is DEADLINE_EXCEEDED when its deadline passes in the queue', () =>
    whileComputing(service, async () => {
      const options = { deadline: Date.now() + 400 };
      // The service says so with details, unless the client's own clock is first.
      await assert.rejects(service.grpc.unary('Clip', clip, new Metadata(), options), {
        message: /^no details beside 4|deadline passed/,
      });
    }));

  test('waits for its turn when its deadline is days away', () =>
    whileComputing(service, async () => {
      const options = { deadline: Date.now() + 20 * 24 * 3600 * 1000 };
      const { reports } = await service.grpc.unary<ClipReply>('Clip', clip, new Metadata(), options);
      assert.equal(reports[0]?.norm, 5);
    }));

  test('names every field that is wrong', async () => {
    const wrong = { gradients: [{ shape: [3], values: [1] }], clipping: { globalNorm: { threshold: -1 } } };
    const { status, reason, violations } = await refusalOf(service.grpc.unary('Clip', wrong));
    assert.deepEqual([status, reason], [3, 'INVALID_FIELD']);
    assert.deepEqual(
      violations.map(({ path }) => path),
      ['gradients[0].values', 'clipping.globalNorm.threshold'],
    );
  });

  test('names as many of them as fit into the 8 KiB of metadata that a client takes', async () => {
    const chain = (rules: object[]) => ({ chain: { rules } });
    const wrong = { ...clip, clipping: chain(Array(16).fill(chain(Array(16).fill({})))) };
    const { violations } = await refusalOf(service.grpc.unary('Clip', wrong));
    const bytes = violations.reduce((sum, { path, message }) => sum + path.length + message.length, 0);
    assert.equal(violations[1]?.path, 'clipping.chain.rules[0].chain.rules[1]');
    assert.ok(bytes <= 3000, `${bytes} bytes in ${violations.length} violations`);
  });
});

describe('a message', () => {
  const big = (bytes: number) => ({ ...clip, gradients: [{ raw: new Uint8Array(bytes) }], scaleOnly: true });

  test('may be as large as the setting says', async () => {
    const { reports } = await service.grpc.unary<ClipReply>('Clip', big(MiB - 1024));
    assert.equal(reports[0]?.norm, 0);
  });

  test('over the limit is refused with the limit and its size, and the connection lives on', async () => {
    const { status, reason, metadata } = await refusalOf(service.grpc.unary('Clip', big(2 * MiB)));
    assert.deepEqual([status, reason, metadata['limit']], [8, 'PAYLOAD_TOO_LARGE', String(MiB)]);
    assert.ok(Number(metadata['actual']) > 2 * MiB);
    assert.equal((await service.grpc.unary<ClipReply>('Clip', clip)).reports[0]?.norm, 5);
  });

  test('may be packed by gzip, and counts by what it unpacks to', async () => {
    const packing = newGrpcClient(service.address, { 'grpc.default_compression_algorithm': 2 });
    const { reports } = await packing.unary<ClipReply>('Clip', big(MiB - 1024));
    assert.equal(reports[0]?.norm, 0);
    // A hundred kilobytes on the wire.
    const { status, reason } = await refusalOf(packing.unary('Clip', big(100 * MiB)));
    assert.deepEqual([status, reason], [8, 'PAYLOAD_TOO_LARGE']);
    packing.close();
  });
});
