import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crossEntropyRows } from '../../../src/core/kernels/cross-entropy.js';
import { createHeap } from '../../../src/core/kernels/heap.js';
import { newRandom } from '../../support/random.js';

const SIZES = [...Array.from({ length: 20 }, (_, i) => i + 1), 65, 257, 1000];

/** One row: the loss and (softmax - onehot), by the formulas and Math. */
function exact(z: readonly number[], label: number): { loss: number; slopes: number[] } {
  const top = Math.max(...z);
  const arg = z.indexOf(top);
  const e = z.map((v) => Math.exp(v - top));
  const rest = e.reduce((sum, v, j) => (j === arg ? sum : sum + v), 0);
  const slopes = e.map((v) => v / (1 + rest));
  slopes[label] = label === arg ? -rest / (1 + rest) : (slopes[label] as number) - 1;
  return { loss: Math.log1p(rest) + (top - (z[label] as number)), slopes };
}

for (const [dtype, tolerance] of [
  ['f64', 4e-15],
  ['f32', 4e-6],
] as const)
  describe(`cross-entropy, ${dtype}`, () => {
    const heap = createHeap(1 << 20);
    const single = dtype === 'f32' ? Math.fround : (v: number) => v;
    const run = (z: readonly number[], label: number, factor = 1) => {
      const [logits, out, labels] = [heap[dtype](z.length), heap[dtype](z.length), heap.i32(1)];
      logits.set(z);
      labels[0] = label;
      const loss = crossEntropyRows(heap, out, logits, labels, 1, z.length, factor);
      assert.deepEqual([...logits], z.map(single), 'the logits stay');
      return { loss, slopes: [...out] };
    };

    for (const n of SIZES)
      test(`${n} classes`, () => {
        const random = newRandom(n);
        for (const spread of [0.1, 3, 20]) {
          const z = Array.from({ length: n }, () => single(spread * random()));
          for (const label of [0, n >> 1, n - 1]) {
            const [got, want] = [run(z, label, 0.25), exact(z, label)];
            assert.ok(Math.abs(got.loss - want.loss) <= tolerance * want.loss, `${got.loss}, ${want.loss}`);
            got.slopes.forEach((slope, j) => {
              const expected = 0.25 * (want.slopes[j] as number);
              assert.ok(
                Math.abs(slope - expected) <= tolerance * Math.abs(expected),
                `${slope}, ${expected}`,
              );
            });
          }
        }
      });

    test('a confident, correct prediction has a tiny gradient that is not zero', () => {
      const { loss, slopes } = run([0, 60, 0, 0, 0], 1);
      assert.ok(Math.abs(loss / (4 * Math.exp(-60)) - 1) < 1e-5);
      assert.ok(Math.abs((slopes[1] as number) / (-4 * Math.exp(-60)) - 1) < 1e-5);
    });

    test('logits of any size neither overflow nor underflow', () => {
      const huge = dtype === 'f32' ? 1e38 : 1e308;
      assert.deepEqual(run([huge, -huge / 2, 0, 1], 0), { loss: 0, slopes: [-0, 0, 0, 0] });
      assert.equal(run([1e4, 0, 0, 0, 0], 1).loss, 1e4);
      assert.deepEqual(run([-1e4, -1e4], 1), { loss: Math.log1p(1), slopes: [0.5, -0.5] });
    });

    test('a logit that is no number shows in the loss', () => {
      for (const bad of [Number.NaN, Infinity])
        for (const at of [0, 3, 5])
          assert.ok(
            !Number.isFinite(
              run(
                [0, 1, 2, 3, 4, 5].map((v, i) => (i === at ? bad : v)),
                at,
              ).loss,
            ),
          );
    });

    test('several rows are what they are one by one', () => {
      const random = newRandom(4);
      const z = Array.from({ length: 3 * 7 }, () => single(random()));
      const [logits, out, labels] = [heap[dtype](21), heap[dtype](21), heap.i32(3)];
      logits.set(z);
      labels.set([6, 0, 3]);
      const loss = crossEntropyRows(heap, out, logits, labels, 3, 7, 0.5);
      const rows = [6, 0, 3].map((label, i) => run(z.slice(7 * i, 7 * i + 7), label, 0.5));
      assert.deepEqual(
        [...out],
        rows.flatMap(({ slopes }) => slopes),
      );
      assert.equal(
        loss,
        rows.reduce((sum, row) => sum + row.loss, 0),
      );
    });

    test('what does not fit, or is not in the heap, is refused', () => {
      const [a, labels] = [heap[dtype](4), heap.i32(2)];
      assert.throws(() => crossEntropyRows(heap, a, a.slice(), labels, 2, 2, 1), /not in this heap/);
      assert.throws(() => crossEntropyRows(heap, a, a, labels, 2, 3, 1), /exceeds 4 elements/);
      labels[1] = 2;
      assert.throws(() => crossEntropyRows(heap, a, a, labels, 2, 2, 1), /not between 0 and 1/);
    });
  });
