import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { blasLibrary, withoutBlas } from '../support/openblas.js';
import { startProgram } from '../support/program.js';
import { newRandom } from '../support/random.js';
import { type Rows, runOver, TRANSPORTS } from '../support/run-rows.js';
import { startService, type TestService } from '../support/service.js';
import { FINGERPRINT } from './expected.js';

const ITERATIONS = 12;
const [STEPS, STREAMS, VOCABULARY] = [20, 24, 40];
const random = newRandom(3);

/** An LSTM whose products are large, at each step and over all steps. */
const training = {
  objective: {
    languageModel: {
      data: {
        tokens: {
          ids: {
            shape: [STEPS + 1, STREAMS],
            values: Array.from({ length: (STEPS + 1) * STREAMS }, () =>
              Math.floor(((random() + 1) / 2) * VOCABULARY),
            ),
          },
          vocabularySize: VOCABULARY,
        },
      },
      embeddingSize: 32,
      hiddenSize: 64,
    },
  },
  clipping: { globalNorm: { threshold: 0.25 } },
  optimizer: { sgd: { learningRate: 0.5 } },
  budget: { maxIterations: ITERATIONS },
  seed: 3,
};

describe('with OpenBLAS', { skip: withoutBlas }, () => {
  /** The module's own run, whose numbers those of the library must be near, but not equal to. */
  let reference: Awaited<ReturnType<typeof runOver>>;
  let first: { digest: string; fingerprint: string; rows: Rows } | null = null;
  before(async () => {
    const service = await startService();
    reference = await runOver('gRPC', service, training);
    await service.stop();
    assert.equal(reference.summary.numericsFingerprint, FINGERPRINT);
  });

  for (const workers of [1, 2])
    describe(`and ${workers} thread(s) for runs`, () => {
      let service: TestService;
      before(async () => {
        service = await startService({ BLAS_LIBRARY: blasLibrary, WORKERS: String(workers) });
      });
      after(() => service.stop());

      test('runs side by side, over every transport, have the same bits and a fingerprint that names the library', async () => {
        const runs = await Promise.all(TRANSPORTS.map((transport) => runOver(transport, service, training)));
        for (const { summary, rows } of runs) {
          const { digest, numericsFingerprint: fingerprint } = summary;
          first ??= { digest, fingerprint, rows };
          assert.deepEqual({ digest, fingerprint, rows }, first);
          assert.match(fingerprint, /^[0-9a-f]{16}-OpenBLAS-\d+\.\d+\.\d+\S*-\w+$/);
          assert.notEqual(fingerprint.slice(0, 16), FINGERPRINT);
        }
      });

      test('the numbers are near those without it', async () => {
        const { summary, rows } = await runOver('SSE', service, training);
        assert.notEqual(summary.digest, reference.summary.digest);
        assert.equal(rows.size, ITERATIONS + 1);
        for (const [k, row] of rows) {
          const value = reference.rows.get(k)?.['value'] as number;
          assert.ok(Math.abs((row['value'] as number) / value - 1) < 1e-5, `row ${k}`);
        }
      });
    });
});

describe('a library that cannot be used ends the program with code 2, the setting, the path and the reason:', () => {
  const libm = (process.report.getReport() as unknown as { sharedObjects: string[] }).sharedObjects.find(
    (path) => /\/libm[.-]/.test(path),
  );
  for (const [path, reason] of [
    ['/nowhere/libopenblas.so.0', 'the library cannot be loaded: '],
    [libm ?? '', 'the library has no function cblas_sgemm'],
  ] as const)
    test(reason, { skip: path === '' && 'this machine has no libm of its own' }, async () => {
      const { code, stdout, stderr } = await startProgram({
        BLAS_LIBRARY: path,
        HTTP_PORT: '0',
        GRPC_PORT: '0',
      }).exit;
      assert.deepEqual([code, stdout], [2, '']);
      assert.ok(stderr.includes(`BLAS_LIBRARY="${path}": ${reason}`), stderr);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
});
