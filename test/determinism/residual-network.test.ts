import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { residualNetwork } from '../../src/core/objectives/residual-network.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { mnistDirectory } from '../support/mnist.js';
import { type Rows, runOver } from '../support/run-rows.js';
import { startService, type TestService } from '../support/service.js';

const network = {
  data: { dataset: { name: 'mnist' } },
  depth: 20,
  width: 4,
  batchSize: 32,
  normalization: { mean: [0.1307], std: [0.3081] },
  augmentation: { padding: 2, randomCrop: true },
};
const training = {
  objective: { residualNetwork: network },
  optimizer: { adam: { learningRate: 0.01 } },
  clipping: { globalNorm: { threshold: 2 } },
  budget: { maxIterations: 120 },
  metrics: { every: 1 },
  seed: 11,
};

const directory = mnistDirectory();
after(() => directory.remove());

describe('a ResNet-20 on MNIST', () => {
  let service: TestService;
  before(async () => {
    service = await startService({ DATA_DIR: directory.path });
  });
  after(() => service.stop());

  const runs: { rows: Rows; digest: string }[] = [];
  for (const transport of ['JSON', 'gRPC'] as const)
    test(`learns in 120 clipped steps, over ${transport} with the same bits as over the other`, async () => {
      const { summary, rows } = await runOver(transport, service, training);
      const losses = Array.from({ length: 121 }, (_, k) => rows.get(k)?.['value'] as number);
      const mean = (of: readonly number[]): number => of.reduce((sum, v) => sum + v, 0) / of.length;
      const [first, last] = [mean(losses.slice(0, 5)), mean(losses.slice(-10))];
      assert.ok(first > 2 && last < 1.2, `from ${first} to ${last}`);
      assert.ok([...rows.values()].some((row) => (row['scale'] as number) < 1));
      runs.push({ rows, digest: summary.digest });
      assert.equal(summary.digest, runs[0]?.digest);
      assert.deepEqual(rows, runs[0]?.rows);
    });
});

for (const [title, params] of [
  ['residual network', { width: 16, batchSize: 64 }],
  ['plain network without normalisation', { residual: false, batchNorm: false, dtype: 'float64' }],
  ['network with second derivatives', { secondOrder: true }],
] as const)
  test(`the estimate of the memory of a ${title} is what it allocates`, () => {
    const { secondOrder = false, ...rest } = { secondOrder: false, ...params };
    const plan = residualNetwork.build(residualNetwork.params.parse({ ...network, ...rest }))({
      size: null,
      dtype: null,
      seed: 0,
      datasets: openDataDirectory(directory.path),
      secondOrder,
    });
    const allocated = plan.create().x.buffer.byteLength;
    assert.ok(plan.bytes >= allocated, `${plan.bytes} bytes estimated, ${allocated} allocated`);
    assert.ok(plan.bytes < 1.25 * allocated, `${plan.bytes} bytes estimated, ${allocated} allocated`);
  });
