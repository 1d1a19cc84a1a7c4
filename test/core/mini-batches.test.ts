import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startService, type TestService } from '../support/service.js';
import { column, rest } from '../support/transports.js';

const ROWS = 26;
const BATCH = 8;
const PER_EPOCH = Math.ceil(ROWS / BATCH);

/**
 * Rows are the unit vectors and row i has the target 2^i, so at w = 0 the value of a batch of b rows is
 * Σ 4^i / 2b: exact, and its digits in base 4 tell which rows were in the batch.
 */
const objective = (batchSize: number) => ({
  linearRegression: {
    data: {
      inline: {
        features: Array.from({ length: ROWS }, (_, i) => Array.from({ length: ROWS }, (_, j) => +(i === j))),
        targets: Array.from({ length: ROWS }, (_, i) => 2 ** i),
      },
    },
    intercept: false,
    batchSize,
  },
});

function rowsOf(value: number, size: number): number[] {
  const digits = BigInt(value * 2 * size)
    .toString(4)
    .split('')
    .reverse();
  assert.ok(
    digits.every((digit) => digit === '0' || digit === '1'),
    `a row is twice in a batch: ${digits.join('')}`,
  );
  return digits.flatMap((digit, i) => (digit === '1' ? [i] : []));
}

describe('mini-batches', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  /** The rows of each iteration of a run that stays at w = 0. */
  async function batches(seed: number, epochs: number): Promise<number[][]> {
    const { trace } = await rest(service).run({
      objective: objective(BATCH),
      start: [new Array(ROWS).fill(0)],
      optimizer: { sgd: { learningRate: 0 } },
      budget: { maxIterations: epochs * PER_EPOCH - 1 },
      metrics: { trace: true },
      seed,
    });
    return column(trace, 'value').map((value, k) =>
      rowsOf(value, k % PER_EPOCH === PER_EPOCH - 1 ? ROWS - BATCH * (PER_EPOCH - 1) : BATCH),
    );
  }

  test('hold each row exactly once per epoch, the last one what is left', async () => {
    const all = await batches(1, 20);
    assert.equal(all.length, 20 * PER_EPOCH);
    for (let first = 0; first < all.length; first += PER_EPOCH) {
      const epoch = all.slice(first, first + PER_EPOCH);
      assert.deepEqual(
        epoch.map((rows) => rows.length),
        [8, 8, 8, 2],
      );
      assert.deepEqual(
        epoch.flat().sort((a, b) => a - b),
        Array.from({ length: ROWS }, (_, i) => i),
      );
    }
  });

  test('are others in every epoch and under every seed, and the same again under the same seed', async () => {
    const runs = await Promise.all([1, 1, 2, 2 ** 40].map((seed) => batches(seed, 5)));
    assert.deepEqual(runs[1], runs[0]);
    const epochs = runs
      .slice(1)
      .flatMap((run) => Array.from({ length: 5 }, (_, e) => run.slice(e * PER_EPOCH, (e + 1) * PER_EPOCH)));
    assert.equal(new Set(epochs.map((epoch) => JSON.stringify(epoch))).size, 15);
  });

  test('are the whole data when the batch is as large, or larger', async () => {
    for (const batchSize of [ROWS, 1000]) {
      const { value } = await rest(service).evaluate({
        objective: objective(batchSize),
        parameters: [new Array(ROWS).fill(0)],
      });
      assert.equal(value, ((4 ** ROWS - 1) / 3 / 2) * (1 / ROWS));
    }
  });
});
