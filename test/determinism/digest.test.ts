import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { numericsFingerprint } from '../../src/core/fingerprint.js';
import { mnistDirectory } from '../support/mnist.js';
import { type Rows, runOver, TRANSPORTS } from '../support/run-rows.js';
import { startService, type TestService } from '../support/service.js';
import { DIGEST, FINGERPRINT } from './expected.js';

/** Softmax regression on MNIST: 150 clipped Adam steps on batches of 128, tested on the held-out images. */
const training = (dtype: keyof typeof DIGEST) => ({
  objective: { softmaxRegression: { data: { dataset: { name: 'mnist' } }, batchSize: 128, l2: 1e-4, dtype } },
  optimizer: { adam: { learningRate: 0.01 } },
  schedule: { cosine: { steps: 150 } },
  clipping: { globalNorm: { threshold: 1 } },
  budget: { maxIterations: 150 },
  seed: 7,
});
const FIELDS = { fields: ['parameterNorm', 'evaluation'], evaluateEvery: 25 };

/** How the run is watched, which must not touch it. */
const WATCHED = [
  { every: 1, flush: '0s', encoding: 'VALUES', delivery: 'LOSSLESS' },
  { every: 7, flush: '10s', encoding: 'RAW', delivery: 'LOSSLESS' },
  { every: 1000, flush: '0.001s', encoding: 'VALUES', delivery: 'CONFLATE' },
] as const;

test('the numerics fingerprint is that of every machine', () => {
  assert.equal(numericsFingerprint(), FINGERPRINT);
});

const directory = mnistDirectory();
after(() => directory.remove());
let reference: Rows | null = null;

for (const workers of [1, 2])
  describe(`with ${workers} thread(s) for runs`, () => {
    let service: TestService;
    before(async () => {
      service = await startService({ WORKERS: String(workers), DATA_DIR: directory.path });
    });
    after(() => service.stop());

    async function assertSameBits(transport: (typeof TRANSPORTS)[number], watched: object): Promise<void> {
      const metrics = { ...FIELDS, ...watched };
      const { summary, rows } = await runOver(transport, service, { ...training('float32'), metrics });
      assert.equal(summary.digest, DIGEST.float32);
      assert.equal(summary.numericsFingerprint, FINGERPRINT);
      reference ??= rows;
      assert.ok(rows.size > 0);
      for (const [k, row] of rows) assert.deepEqual(row, reference.get(k), `row ${k}`);
    }

    TRANSPORTS.forEach((transport, t) => {
      // Two threads: one way of watching per transport is enough, since threads and watching do not meet.
      for (const watched of workers === 1 ? WATCHED : WATCHED.slice(t % 3, (t % 3) + 1))
        test(`the run has the same bits over ${transport}, watched with ${JSON.stringify(watched)}`, () =>
          assertSameBits(transport, watched));
    });

    if (workers === 1)
      test('in double precision too', async () => {
        const { summary } = await runOver('gRPC', service, training('float64'));
        assert.equal(summary.digest, DIGEST.float64);
      });
    else
      test('and while another run is under way', async () => {
        const other = await endlessRun(service);
        try {
          for (const transport of TRANSPORTS) await assertSameBits(transport, WATCHED[0]);
          assert.ok(await other.isUnderWay());
        } finally {
          other.stop();
        }
      });
  });

/** A run of the same kind that goes on until it is stopped; its reader has seen its first events. */
async function endlessRun({ http }: TestService): Promise<{ isUnderWay(): Promise<boolean>; stop(): void }> {
  const leave = new AbortController();
  const response = await fetch(`${http}/v1/full-run`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/x-ndjson' },
    body: JSON.stringify({ ...training('float32'), seed: 8, budget: { maxIterations: 1_000_000 } }),
    signal: leave.signal,
  });
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  await reader.read();
  return {
    isUnderWay: async () => !(await reader.read()).done,
    stop: () => leave.abort(),
  };
}

test('the run is worth its name: every row was compared, it clipped, and it learnt', () => {
  const rows = reference as Rows;
  assert.equal(rows.size, 151);
  const [first, last] = [rows.get(0), rows.get(150)] as [Row, Row];
  assert.ok((first['scale'] as number) < 1);
  assert.ok((last['validationAccuracy'] as number) > 0.9);
  assert.ok((last['validationLoss'] as number) < 0.4);
});
type Row = Readonly<Record<string, number>>;
