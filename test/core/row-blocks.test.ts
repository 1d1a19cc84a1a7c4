import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHeap } from '../../src/core/kernels/heap.js';
import { objectives } from '../../src/core/objectives/index.js';
import { evaluateHere } from '../../src/core/objectives/objective.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { newRandom } from '../support/random.js';

/** Rows and features whose data are many blocks, one and a bit, just one. */
const SHAPES = [
  [9001, 37],
  [3333, 130],
  [300, 3000],
  [900, 75],
] as const;

for (const dtype of ['float32', 'float64'] as const)
  for (const [rows, features] of SHAPES)
    test(`logistic regression of ${rows} x ${features} in ${dtype}, taken in blocks, has the bits of one pass`, () => {
      const random = newRandom(rows);
      const x = Float64Array.from({ length: rows * features }, random);
      const y = Float64Array.from({ length: rows }, () => +(random() > 0));
      const raw = (v: Float64Array) => new Uint8Array(v.buffer);
      const data = {
        inline: {
          features: { shape: [rows, features], raw: raw(x) },
          targets: { shape: [rows], raw: raw(y) },
        },
      };
      const spec = objectives.spec.parse({ logisticRegression: { data, dtype } });
      const context = {
        size: null,
        dtype: null,
        seed: 0,
        secondOrder: false,
        datasets: openDataDirectory(null),
      };
      const objective = objectives.build(spec)(context).create();
      objective.x.forEach((_, i) => {
        objective.x[i] = random() / 4;
      });
      const value = evaluateHere(objective);

      const heap = createHeap(8 * (rows * (features + 2) + 2 * features + 4) + 256);
      const allocate = (n: number) => (dtype === 'float32' ? heap.f32(n) : heap.f64(n));
      const [all, targets, out] = [allocate(rows * features), allocate(rows), allocate(rows)];
      const [w, bias, gw, gb] = [allocate(features), allocate(1), allocate(features), allocate(1)];
      all.set(x);
      targets.set(y);
      w.set(objective.x.subarray(0, features));
      bias.set(objective.x.subarray(features));
      heap.matmulNT(out, all, w, rows, 1, features);
      heap.addRowBias(out, bias, rows, 1);
      const loss = heap.sigmoidCrossEntropy(out, targets, rows, 1 / rows);
      heap.matmulTN(gw, out, all, 1, features, rows);
      heap.columnSums(gb, out, rows, 1);
      assert.equal(value, loss / rows);
      assert.deepEqual([...objective.gradient], [...gw, ...gb]);
    });
