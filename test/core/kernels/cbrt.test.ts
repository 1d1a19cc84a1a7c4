import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbrt } from '../../../src/core/kernels/cbrt.js';
import { newRandom } from '../../support/random.js';

test('cubes of integers have their roots to the last bit but one', () => {
  for (let k = 1; k < 1000; k++) assert.ok(Math.abs(cbrt(k * k * k) - k) <= 2 ** -52 * k, `${k}`);
});

test('powers of 8 from the least to the greatest double have theirs', () => {
  for (let e = -1074; e <= 1023; e += 3) {
    const root = 2 ** (e / 3);
    assert.ok(Math.abs(cbrt(2 ** e) - root) <= 2 ** -52 * root, `2^${e}`);
  }
});

test('the cube of the root is the number', () => {
  const random = newRandom(11);
  for (let i = 0; i < 1000; i++) {
    const x = Math.abs(random()) * 10 ** (i % 300);
    const y = cbrt(x);
    assert.ok(Math.abs(y * y * y - x) <= 1e-15 * x, `${x}`);
  }
});

test('0, infinity and NaN are their own roots', () => {
  for (const x of [0, Infinity, Number.NaN]) assert.equal(cbrt(x), x);
});
