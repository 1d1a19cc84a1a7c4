import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { evaluate } from '../../src/core/evaluate.js';
import { type Accelerator, installAccelerator } from '../../src/core/kernels/accelerator.js';
import { createHeap, type Heap } from '../../src/core/kernels/heap.js';
import type { Vector } from '../../src/core/kernels/vector.js';
import { objectives } from '../../src/core/objectives/index.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { openOpenBlas } from '../../src/runtime/openblas.js';
import { blasLibrary, withoutBlas } from '../support/openblas.js';
import { newRandom } from '../support/random.js';

/** The library, and how many products it has made. */
let made = 0;
function counted(): Accelerator {
  const { name, productIn } = openOpenBlas(blasLibrary);
  return {
    name,
    productIn(memory) {
      const product = productIn(memory);
      return (...operands) => {
        made++;
        product(...operands);
      };
    },
  };
}

const EPSILON = { f32: 2 ** -24, f64: 2 ** -53 } as const;
const PRODUCTS = ['matmulNT', 'matmulTN', 'matmulNN'] as const;
type Shape = readonly [m: number, n: number, k: number];
const LARGE: readonly Shape[] = [
  [41, 40, 40],
  [96, 80, 112],
  [33, 47, 129],
  [4, 128, 129],
  [5, 1031, 64],
  [257, 4, 64],
];
const SMALL: readonly Shape[] = [
  [40, 40, 40],
  [1, 512, 512],
  [3, 300, 300],
  [600, 3, 300],
];

function filled(heap: Heap, type: 'f32' | 'f64', length: number, random: () => number): Vector {
  const x = heap[type](length);
  for (let i = 0; i < length; i++) x[i] = random();
  return x;
}

/** A product of the same numbers on a heap of what is installed, with the sums of |a b| + |c| to judge it by. */
function productOf(
  name: (typeof PRODUCTS)[number],
  type: 'f32' | 'f64',
  [m, n, k]: Shape,
  accumulate: boolean,
  before = 0,
): { c: Vector; sizes: Float64Array } {
  const heap = createHeap(8 * (m * n + m * k + n * k) + 64 + before);
  heap.f64(before / 8);
  const random = newRandom(m + n + k);
  const a = filled(heap, type, m * k, random);
  const b = filled(heap, type, n * k, random);
  const c = filled(heap, type, m * n, random);
  const sizes = Float64Array.from(c, (v) => (accumulate ? Math.abs(v) : 0));
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++)
      for (let p = 0; p < k; p++) {
        const left = a[name === 'matmulTN' ? p * m + i : i * k + p] as number;
        const right = b[name === 'matmulNT' ? j * k + p : p * n + j] as number;
        sizes[i * n + j] += Math.abs(left * right);
      }
  heap[name](c, a, b, m, n, k, accumulate);
  return { c, sizes };
}

describe('products by OpenBLAS', { skip: withoutBlas }, () => {
  after(() => installAccelerator(null));

  for (const type of ['f32', 'f64'] as const)
    for (const name of PRODUCTS)
      for (const accumulate of [false, true])
        test(`${name} of ${type}${accumulate ? ', added to what was there,' : ''} is right to the rounding of its sums`, () => {
          for (const shape of LARGE) {
            installAccelerator(null);
            const reference = productOf(name, type, shape, accumulate);
            installAccelerator(counted());
            made = 0;
            const { c } = productOf(name, type, shape, accumulate);
            assert.equal(made, 1, String(shape));
            // Both sums of k products and c are off by at most (k + 1) roundings of what they add.
            const roundings = 2 * (shape[2] + 1) * EPSILON[type];
            c.forEach((v, i) => {
              const allowed = roundings * (reference.sizes[i] as number);
              assert.ok(Math.abs(v - (reference.c[i] as number)) <= allowed, `${shape} at ${i}`);
            });
          }
        });

  test('are made for large products alone: small and slender ones keep the bits of the module', () => {
    for (const shape of SMALL) {
      installAccelerator(null);
      const reference = productOf('matmulNN', 'f32', shape, false);
      installAccelerator(counted());
      made = 0;
      assert.deepEqual(productOf('matmulNN', 'f32', shape, false).c, reference.c);
      assert.equal(made, 0);
    }
  });

  test('find matrices beyond the first 2 GiB of a memory', () => {
    installAccelerator(counted());
    const near = productOf('matmulNT', 'f32', [96, 80, 112], false);
    const far = productOf('matmulNT', 'f32', [96, 80, 112], false, 2 ** 31);
    assert.deepEqual(far.c, near.c);
  });

  for (const cell of ['lstm', 'gru', 'tanh'])
    for (const dtype of ['float64', 'float32'] as const)
      test(`leave value and gradient of a recurrent network of ${cell} in ${dtype} where they are`, () => {
        installAccelerator(null);
        const reference = recurrent(cell, dtype);
        installAccelerator(counted());
        made = 0;
        const { value, gradient } = recurrent(cell, dtype);
        // Two products a step and layer but for the last ones, and those over all steps.
        assert.ok(made >= 2 * STEPS, `${made} products`);
        const tolerance = dtype === 'float64' ? 1e-12 : 1e-4;
        assert.ok(Math.abs(value / reference.value - 1) < tolerance);
        const size = Math.hypot(...reference.gradient);
        const difference = Math.hypot(...gradient.map((g, i) => g - (reference.gradient[i] as number)));
        assert.ok(difference < tolerance * size, `${difference} of ${size}`);
      });
});

const STEPS = 9;

function recurrent(cell: string, dtype: 'float64' | 'float32'): { value: number; gradient: Float64Array } {
  const random = newRandom(7);
  const tensor = (...shape: number[]) => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random()),
  });
  const data = { inline: { inputs: tensor(STEPS, 18, 5), targets: tensor(STEPS, 18, 3) } };
  const objective = objectives.spec.parse({ recurrent: { data, cell, hiddenSize: 67, dtype } });
  const { value, gradient } = evaluate(
    { objective, parameters: null, directions: [], hessian: false },
    { size: null, dtype: null, seed: 1, secondOrder: false, datasets: openDataDirectory(null) },
  );
  return { value, gradient: Float64Array.from(gradient) };
}
