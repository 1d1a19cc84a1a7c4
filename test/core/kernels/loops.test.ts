import assert from 'node:assert/strict';
import { test } from 'node:test';
import { momentumUpdate } from '../../../src/core/kernels/moments.js';
import { axpy, type Vector } from '../../../src/core/kernels/vector.js';
import { newRandom } from '../../support/random.js';

// Lengths on both sides of where the unrolled loops start, with every rest.
const LENGTHS = [0, 1, 2, 3, 4, 5, 95, 96, 97, 98, 99, 8193];

for (const Kind of [Float64Array, Float32Array] as const) {
  const random = newRandom(3);
  const vector = (n: number): Vector => new Kind(n).map(random);
  const r = Kind === Float32Array ? Math.fround : (v: number): number => v;

  test(`axpy gives each component y + a x, rounded once, in ${Kind.name}`, () => {
    for (const n of LENGTHS) {
      const [x, y] = [vector(n), vector(n)];
      const expected = y.map((yi, i) => yi + 0.3 * (x[i] as number));
      axpy(y, 0.3, x);
      assert.deepEqual(y, expected, `${n} components`);
    }
  });

  test(`momentumUpdate gives buffer and update the same component, in ${Kind.name}`, () => {
    for (const n of LENGTHS) {
      const [u, b] = [vector(n), vector(n)];
      const expected = b.map((bi, i) => r(r(0.9) * bi) + r(r(0.7) * (u[i] as number)));
      momentumUpdate(u, b, { keep: 0.9, take: 0.7, mu: 0.9, nesterov: false });
      assert.deepEqual(b, expected, `buffer of ${n} components`);
      assert.deepEqual(u, expected, `update of ${n} components`);
    }
  });
}
