import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ElementaryName, elementary } from '../../../src/core/kernels/elementary.js';
import { createHeap } from '../../../src/core/kernels/heap.js';
import { math } from '../../../src/core/kernels/wasm.js';
import { newRandom } from '../../support/random.js';

const FUNCTIONS: Readonly<
  Record<ElementaryName, { value(x: number): number; slope(y: number): number; ulps: number }>
> = {
  tanhs: { value: math.tanh, slope: (y) => 1 - y * y, ulps: 4 },
  sigmoids: { value: math.sigmoid, slope: (y) => y * (1 - y), ulps: 4 },
  relus: { value: (x) => Math.max(x, 0), slope: (y) => +(y > 0), ulps: 0 },
};
const SPECIAL = [0, -0, 1e-310, -1e-42, 1e300, -1e300, Infinity, -Infinity, Number.NaN];
const SIZE = 40;
const LENGTHS = [0, 1, 2, 3, 4, 5, 31, 32, 33];

for (const name of Object.keys(FUNCTIONS) as ElementaryName[])
  for (const dtype of ['float64', 'float32'] as const) {
    const { value, slope, ulps } = FUNCTIONS[name];
    const random = newRandom(3);
    const heap = createHeap(4 * SIZE * 8);
    const kernels = elementary(heap, dtype, name);
    const vector = () => {
      const own = dtype === 'float32' ? heap.f32(SIZE) : heap.f64(SIZE);
      own.set(Array.from(own, () => 4 * random()));
      return own;
    };
    const [x, y, from, gradient] = [vector(), vector(), vector(), vector()];
    x.set(SPECIAL);
    const epsilon = dtype === 'float32' ? 2 ** -23 : 2 ** -52;

    test(`${name} of ${dtype} numbers are those of one number, whatever the length`, () => {
      for (const n of LENGTHS) {
        const before = y.slice();
        kernels.value(y, x, n);
        assert.deepEqual(y.subarray(n), before.subarray(n), 'nothing behind the end is touched');
        for (let i = 0; i < n; i++) {
          const expected = value(x[i] as number);
          const error = Math.abs((y[i] as number) - expected);
          if (Number.isFinite(expected))
            assert.ok(error <= ulps * epsilon * Math.abs(expected) + 2 ** -149, `${name}(${x[i]}) = ${y[i]}`);
          else assert.equal(y[i], expected);
        }
      }
    });

    test(`the chain rule through ${name} is rounded once in ${dtype}`, () => {
      kernels.value(y, x, y.length);
      for (const n of LENGTHS)
        for (const adds of [false, true]) {
          const before = gradient.slice();
          const expected = gradient.slice();
          for (let i = 0; i < n; i++)
            expected[i] = (adds ? (before[i] as number) : 0) + (from[i] as number) * slope(y[i] as number);
          kernels.chainRule(gradient, from, y, n, adds);
          assert.deepEqual(gradient, expected, `${n} numbers, ${adds ? 'added' : 'written'}`);
        }
    });
  }

test('a vector of another memory is refused', () => {
  const [heap, other] = [createHeap(64), createHeap(64)];
  const kernels = elementary(heap, 'float64', 'relus');
  const [mine, theirs] = [heap.f64(4), other.f64(4)];
  assert.throws(() => kernels.value(mine, theirs, 4), RangeError);
  assert.throws(() => kernels.chainRule(mine, mine, theirs, 4, false), RangeError);
  assert.throws(() => kernels.value(mine, mine, 5), RangeError);
});
