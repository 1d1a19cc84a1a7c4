import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lionUpdate } from '../../../src/core/kernels/lion.js';
import type { Vector } from '../../../src/core/kernels/vector.js';
import { newRandom } from '../../support/random.js';

const FACTORS = { b1: 0.9, b2: 0.99, lambda: 0.1, rate: 0.01 };

for (const Kind of [Float64Array, Float32Array] as const) {
  const random = newRandom(5);
  const vector = (n: number): Vector => new Kind(n).map(random);
  const r = Kind === Float32Array ? Math.fround : (v: number): number => v;

  test(`a step of Lion is the same in and after the unrolled loop, in ${Kind.name}`, () => {
    for (const n of [0, 1, 3, 4, 5, 7, 8, 1001]) {
      const [g, m, x] = [vector(n), vector(n), vector(n)];
      const update = g.map((gi, i) => {
        const direction = Math.sign(r(r(0.9) * (m[i] as number)) + r(r(1 - 0.9) * gi));
        return r(-0.01) * r(direction + r(r(0.1) * (x[i] as number)));
      });
      const momentum = m.map((mi, i) => r(r(0.99) * mi) + r(r(1 - 0.99) * (g[i] as number)));
      lionUpdate(g, m, x, FACTORS);
      assert.deepEqual(g, update, `update of ${n} components`);
      assert.deepEqual(m, momentum, `momentum of ${n} components`);
    }
  });

  test(`a direction of 0 takes no step, and one that is not finite its sign or NaN, in ${Kind.name}`, () => {
    const g = Kind.from([0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0]);
    lionUpdate(g, new Kind(5), new Kind(5), { ...FACTORS, rate: 1 });
    assert.deepEqual([...g].map(Math.abs), [0, 1, 1, Number.NaN, 0]);
    assert.ok((g[1] as number) < 0 && (g[2] as number) > 0);
  });
}
