import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normals, STREAM_UPDATE, words } from '../../src/core/kernels/random.js';

const N = 200_000;
const sample = (seed: number): Float64Array => {
  const normal = normals(words(seed, STREAM_UPDATE, 0));
  return Float64Array.from({ length: N }, normal);
};

test('normal numbers have the moments of the normal distribution', () => {
  const z = sample(7);
  const moment = (k: number): number => z.reduce((sum, v) => sum + v ** k, 0) / N;
  // Five standard errors: Var z^k = E z^2k - (E z^k)², over N.
  for (const [k, mean, variance] of [
    [1, 0, 1],
    [2, 1, 2],
    [3, 0, 15],
    [4, 3, 96],
  ] as const)
    assert.ok(Math.abs(moment(k) - mean) <= 5 * Math.sqrt(variance / N), `moment ${k} is ${moment(k)}`);
});

test('normal numbers are as often below a bound as the distribution function says', () => {
  const z = sample(8);
  for (const [bound, probability] of [
    [-2, 0.02275013194817921],
    [-1, 0.15865525393145705],
    [0, 0.5],
    [1.5, 0.9331927987311419],
  ] as const) {
    const share = z.filter((v) => v < bound).length / N;
    const error = Math.sqrt((probability * (1 - probability)) / N);
    assert.ok(Math.abs(share - probability) <= 5 * error, `P(z < ${bound}) is ${share}`);
  }
});

test('normal numbers follow from the seed, neighbours are independent', () => {
  assert.deepEqual(sample(7), sample(7));
  assert.notDeepEqual(sample(7), sample(8));
  const z = sample(9);
  for (const lag of [1, 2, 3]) {
    let sum = 0;
    for (let i = lag; i < N; i++) sum += (z[i] as number) * (z[i - lag] as number);
    assert.ok(Math.abs(sum / N) <= 5 / Math.sqrt(N), `lag ${lag}: ${sum / N}`);
  }
});
