import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import supertest from 'supertest';
import { replyOf, requestBytes } from '../support/grpc-client.js';
import { fromProblem, type Refusal } from '../support/refusal.js';
import { assertAlive, type Rpc, refusalOf } from '../support/refusals.js';
import type { ClipReply } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';

const PATHS: Readonly<Partial<Record<Rpc, string>>> = {
  Clip: '/v1/clip',
  GradientStep: '/v1/gradient-step',
  Evaluate: '/v1/evaluate',
  FullRun: '/v1/full-run',
};
const RPCS = Object.keys(PATHS) as Rpc[];

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

const overGrpc = (rpc: Rpc, bytes: Uint8Array): Promise<Buffer[]> => service.grpc.bytes(rpc, bytes);

async function overHttp(rpc: Rpc, bytes: Uint8Array): Promise<Buffer[]> {
  const response = await supertest(service.http)
    .post(PATHS[rpc] as string)
    .set('content-type', 'application/protobuf')
    .buffer(true)
    .parse((stream, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => done(null, Buffer.concat(chunks)));
    })
    .send(Buffer.from(bytes));
  const body = response.body as Buffer;
  if (response.status !== 200) throw fromProblem(response.status, body.toString());
  return [body];
}
const TRANSPORTS = [
  ['gRPC', overGrpc, 3],
  ['HTTP', overHttp, 400],
] as const;

const gradients = requestBytes('Clip', { gradients: [{ name: 'w', shape: [2], values: [3, 4] }] });
const clipping = requestBytes('Clip', { clipping: { globalNorm: { threshold: 5 } } });
const whole = Buffer.concat([gradients, clipping]);

function assertNoMessage(refusal: Refusal, status: number, what: string): void {
  assert.equal(refusal.reason, 'INVALID_FIELD', `${what}: ${refusal.message}`);
  assert.equal(refusal.status, status);
}

/** The bytes of a clipping that is a chain of a chain of a chain ...; written from the inside out. */
function nestedChains(depth: number): Buffer {
  const CHAIN = [0xf2, 0x01];
  const RULES = [0x0a];
  let size = 0;
  const heads: number[][] = [];
  const wrap = (tag: number[]): void => {
    const length: number[] = [];
    for (let rest = size; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    heads.push([...tag, ...length]);
    size += tag.length + length.length;
  };
  for (let i = 0; i < depth; i++) {
    wrap(RULES);
    wrap(CHAIN);
  }
  wrap([0x12]);
  return Buffer.from(heads.reverse().flat());
}

/** Pseudo-random bytes, the same at every run. */
function randomBytes(size: number, seed: number): Uint8Array {
  let word = seed;
  return Uint8Array.from({ length: size }, () => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word >>> 24;
  });
}

for (const [name, send, status] of TRANSPORTS)
  describe(`protobuf over ${name}`, () => {
    test('answers a whole message', async () => {
      const [reply] = await send('Clip', whole);
      assert.equal(replyOf<ClipReply>('Clip', reply as Buffer).reports[0]?.norm, 5);
    });

    test('refuses a message that is cut inside a field', async () => {
      for (let length = 1; length < whole.length; length++) {
        if (length === gradients.length) continue;
        const refusal = await refusalOf(send('Clip', whole.subarray(0, length)));
        assertNoMessage(refusal, status, `the first ${length} bytes`);
        assert.match(refusal.message, /is not a gradclip\.v1\.ClipRequest message/);
      }
      await assertAlive(service);
    });

    test('refuses a message that is cut between its fields for what it lacks', async () => {
      const refusal = await refusalOf(send('Clip', gradients));
      assertNoMessage(refusal, status, 'gradients only');
      assert.deepEqual(refusal.violations, [{ path: 'clipping', message: 'is required' }]);
    });

    test('refuses an empty message for what it lacks', async () => {
      for (const rpc of RPCS) {
        const refusal = await refusalOf(send(rpc, new Uint8Array()));
        assertNoMessage(refusal, status, rpc);
        assert.match(refusal.message, /is required|expected an array of tensors/);
      }
    });

    test('refuses random bytes', async () => {
      for (const rpc of RPCS)
        for (let size = 1; size <= 64; size++) {
          const refusal = await refusalOf(send(rpc, randomBytes(size, 77 + size)));
          assertNoMessage(refusal, status, `${size} random bytes as ${rpc}`);
        }
      await assertAlive(service);
    });

    test('refuses text', async () => {
      const refusal = await refusalOf(send('Clip', Buffer.from('{"gradients": [[3, 4]]}')));
      assertNoMessage(refusal, status, 'JSON');
    });

    test('refuses groups that are nested a hundred thousand times', async () => {
      const refusal = await refusalOf(send('Clip', Buffer.alloc(100_000, 0x0b)));
      assertNoMessage(refusal, status, 'nested groups');
      await assertAlive(service);
    });

    test('refuses rules that are nested five times and twenty thousand times', async () => {
      for (const depth of [5, 30, 100, 20_000]) {
        const refusal = await refusalOf(send('Clip', Buffer.concat([gradients, nestedChains(depth)])));
        assertNoMessage(refusal, status, `${depth} chains`);
      }
      await assertAlive(service);
    });

    test('refuses a length of four gigabytes', async () => {
      const refusal = await refusalOf(send('Clip', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 1])));
      assertNoMessage(refusal, status, 'a huge length');
    });

    test('refuses millions of messages before it makes objects of them', async () => {
      const empty = Buffer.alloc(4_000_000).fill(Buffer.from([0x0a, 0x00]));
      const before = process.memoryUsage().rss;
      const refusal = await refusalOf(send('Clip', Buffer.concat([empty, clipping])));
      assertNoMessage(refusal, status, 'two million tensors');
      assert.match(refusal.message, /at most 150000 messages/);
      assert.ok(process.memoryUsage().rss - before < 200e6);
      const list = Buffer.concat([Buffer.from([0x1a, 0x80, 0x92, 0xf4, 0x01]), empty.subarray(0, 4_000_000)]);
      assertNoMessage(
        await refusalOf(send('Evaluate', list)),
        status,
        'two million tensors of one direction',
      );
      await assertAlive(service);
    });

    test('passes over a field it does not know, as protobuf asks', async () => {
      const unknown = Buffer.from([0xf8, 0x07, 0x2a]);
      const [reply] = await send('Clip', Buffer.concat([whole, unknown]));
      assert.equal(replyOf<ClipReply>('Clip', reply as Buffer).reports[0]?.norm, 5);
    });

    test('survives any single bit flipped', async () => {
      for (let bit = 0; bit < 8 * whole.length; bit++) {
        const changed = Uint8Array.from(whole);
        changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
        await send('Clip', changed).catch(async (error: unknown) => {
          assertNoMessage(await refusalOf(Promise.reject(error)), status, `bit ${bit}`);
        });
      }
      await assertAlive(service);
    });
  });
