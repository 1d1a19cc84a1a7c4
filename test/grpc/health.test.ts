import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { startService, type TestService } from '../support/service.js';
import { newHealthClient } from '../support/standard-services.js';

interface Health {
  check(
    request: { service: string },
    done: (error: ServiceError | null, reply: { status: string }) => void,
  ): void;
  watch(request: { service: string }): ClientReadableStream<{ status: string }>;
}

describe('the health service', () => {
  let service: TestService;
  let client: Client & Health;
  before(async () => {
    service = await startService({ GRACE_TIME: '1s' });
    client = newHealthClient(service.address) as unknown as Client & Health;
  });
  after(() => client.close());

  const check = (name: string): Promise<string> =>
    new Promise((resolve, reject) =>
      client.check({ service: name }, (error, reply) => (error ? reject(error) : resolve(reply.status))),
    );

  test('says SERVING for the server and for the service', async () => {
    assert.equal(await check(''), 'SERVING');
    assert.equal(await check('gradclip.v1.OptimizerService'), 'SERVING');
  });

  test('knows no other service', async () => {
    await assert.rejects(check('gradclip.v1.Magic'), { code: 5 });
  });

  // Last, because the service does not come back.
  test('tells who watches when the service begins to drain', async () => {
    const seen: string[] = [];
    const ended = new Promise<void>((resolve) => {
      const call = client.watch({ service: 'gradclip.v1.OptimizerService' });
      let draining: Promise<void> | undefined;
      call.on('data', ({ status }) => {
        seen.push(status);
        draining ??= service.stop();
      });
      call.on('error', () => {});
      call.on('close', () => draining?.then(resolve));
    });
    await ended;
    assert.deepEqual(seen, ['SERVING', 'NOT_SERVING']);
  });
});
