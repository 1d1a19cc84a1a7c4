import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optimizers } from '../../src/core/optimizers/index.js';

const SIZE = 20_000;

/** The noise of one step: what a gradient of zeros becomes at learning rate 1. */
function noiseOf(params: object, count: number): Float64Array {
  const { transform } = optimizers.build(optimizers.spec.parse({ noisySgd: { learningRate: 1, ...params } }));
  const [g, x] = [[new Float64Array(SIZE)], [new Float64Array(SIZE)]];
  const shapes = [[SIZE]];
  const step = { count, learningRate: 1, value: Number.NaN, evaluate: null, shapes };
  transform.update(g, transform.init(x, shapes), x, step);
  return g[0] as Float64Array;
}

/** The mean of the k-th powers. */
const moment = (x: Float64Array, k: number): number => x.reduce((sum, v) => sum + v ** k, 0) / x.length;

test('the noise of noisySgd is normal with variance eta / t^gamma', () => {
  for (const [count, eta, gamma] of [
    [1, 0.5, 0.55],
    [7, 4, 1],
  ] as const) {
    const deviation = Math.sqrt(eta / count ** gamma);
    const noise = noiseOf({ eta, gamma }, count).map((v) => v / deviation);
    for (const [k, value, spread] of [
      [1, 0, 1],
      [2, 1, Math.sqrt(2)],
      [3, 0, Math.sqrt(15)],
      [4, 3, Math.sqrt(96)],
    ] as const)
      assert.ok(Math.abs(moment(noise, k) - value) < (5 * spread) / Math.sqrt(SIZE), `moment ${k}`);
  }
});

test('its noise follows from seed and step alone', () => {
  assert.deepEqual(noiseOf({ seed: 3 }, 5), noiseOf({ seed: 3 }, 5));
  assert.notDeepEqual(noiseOf({ seed: 3 }, 5), noiseOf({ seed: 4 }, 5));
  const scale = Math.sqrt(6 ** 0.55 / 5 ** 0.55);
  const next = noiseOf({ seed: 3 }, 6).map((v) => v * scale);
  assert.ok(noiseOf({ seed: 3 }, 5).every((v, i) => Math.abs(v - (next[i] as number)) > 0));
});
