import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createHeap, type Heap, heapOverhead, SIGMOID_ROWS } from '../../../src/core/kernels/heap.js';
import type { Vector } from '../../../src/core/kernels/vector.js';
import { math } from '../../../src/core/kernels/wasm.js';

type Product = 'matmulNT' | 'matmulTN' | 'matmulNN';
type Bits = 32 | 64;

/** Units of the last place for a result of a few roundings, relative to the sum of the magnitudes. */
const epsilon = { 32: 2 ** -22, 64: 2 ** -51 };
const bitsOf = fc.constantFrom<Bits>(32, 64);

/** Deterministic values in [-1, 1), with integer arithmetic only. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  };
}

function vector(heap: Heap, bits: Bits, length: number, next: () => number): Vector {
  const x = bits === 32 ? heap.f32(length) : heap.f64(length);
  for (let i = 0; i < length; i++) x[i] = next();
  return x;
}

function labelsOf(heap: Heap, m: number, n: number): Int32Array {
  const labels = heap.i32(m);
  for (let i = 0; i < m; i++) labels[i] = (i * 7 + 3) % n;
  return labels;
}

const at = (x: ArrayLike<number>, i: number): number => x[i] as number;

function checkProduct(op: Product, bits: Bits, m: number, n: number, k: number, accumulate: boolean): void {
  const heap = createHeap((m * n + m * k + n * k) * 8 + 128);
  const next = generator(m + 31 * n + 1009 * k);
  const a = vector(heap, bits, m * k, next);
  const b = vector(heap, bits, n * k, next);
  const padded = vector(heap, bits, m * n + 10, next);
  const c = padded.subarray(3, 3 + m * n);
  const before = padded.slice();
  const factors = [a.slice(), b.slice()];
  heap[op](c, a, b, m, n, k, accumulate);
  assert.deepEqual([a, b], factors, 'the factors are only read');
  assert.deepEqual(padded.subarray(0, 3), before.subarray(0, 3), 'nothing is written before C');
  assert.deepEqual(padded.subarray(3 + m * n), before.subarray(3 + m * n), 'nothing is written after C');
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = accumulate ? at(before, 3 + i * n + j) : 0;
      let magnitude = Math.abs(sum);
      for (let p = 0; p < k; p++) {
        const x = at(a, op === 'matmulTN' ? p * m + i : i * k + p);
        const product = x * at(b, op === 'matmulNT' ? j * k + p : p * n + j);
        sum += product;
        magnitude += Math.abs(product);
      }
      const error = Math.abs(at(c, i * n + j) - sum);
      const limit = epsilon[bits] * Math.sqrt(k + 1) * magnitude;
      assert.ok(error <= limit, `${op} f${bits} ${m}x${n}x${k} at ${i},${j}: off by ${error}`);
    }
  }
}

for (const op of ['matmulNT', 'matmulTN', 'matmulNN'] as const) {
  test(`${op} agrees with a naive triple loop for any small shape`, () => {
    const side = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(bitsOf, side, side, side, fc.boolean(), (bits, m, n, k, accumulate) => {
        checkProduct(op, bits, m, n, k, accumulate);
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  test(`${op} agrees with a naive triple loop across the borders of its blocks`, () => {
    const shapes: [number, number, number][] = [
      [133, 9, 259],
      [129, 66, 5],
      [5, 67, 1027],
      [7, 128, 64],
      [1, 35, 1100],
      [35, 1, 1100],
      [1, 1, 3000],
      [3, 10, 513],
      [128, 10, 784],
    ];
    for (const [m, n, k] of shapes) {
      for (const bits of [32, 64] as const) {
        checkProduct(op, bits, m, n, k, false);
        checkProduct(op, bits, m, n, k, true);
      }
    }
  });
}

test('A product over nothing is zero, and leaves C alone when it accumulates', () => {
  for (const op of ['matmulNT', 'matmulTN', 'matmulNN'] as const) {
    const heap = createHeap(1024);
    const c = vector(heap, 64, 6, () => 1);
    const none = heap.f64(0);
    heap[op](c, none, none, 2, 3, 0, true);
    assert.deepEqual([...c], [1, 1, 1, 1, 1, 1]);
    heap[op](c, none, none, 2, 3, 0);
    assert.deepEqual([...c], [0, 0, 0, 0, 0, 0]);
  }
});

test('The result of a row of matmulNT has the same bits in every batch', () => {
  const [m, n, k] = [13, 7, 1301];
  for (const bits of [32, 64] as const) {
    const heap = createHeap(1 << 19);
    const a = vector(heap, bits, m * k, generator(1));
    const b = vector(heap, bits, n * k, generator(2));
    const all = vector(heap, bits, m * n, () => 0);
    const one = vector(heap, bits, n, () => 0);
    heap.matmulNT(all, a, b, m, n, k);
    for (let i = 0; i < m; i++) {
      heap.matmulNT(one, a.subarray(i * k, (i + 1) * k), b, 1, n, k);
      assert.deepEqual(one, all.slice(i * n, (i + 1) * n));
    }
  }
});

/** The order of the reduction written out in JavaScript. */
function sumOfSquaresTwin(x: ArrayLike<number>): number {
  const l = [0, 0, 0, 0, 0, 0, 0, 0];
  const full = x.length - (x.length % 8);
  for (let i = 0; i < full; i++) l[i % 8] = at(l, i % 8) + at(x, i) * at(x, i);
  let tail = 0;
  for (let i = full; i < x.length; i++) tail += at(x, i) * at(x, i);
  if (x.length < 8) return tail;
  const even = at(l, 0) + at(l, 2) + (at(l, 4) + at(l, 6));
  const odd = at(l, 1) + at(l, 3) + (at(l, 5) + at(l, 7));
  return even + odd + tail;
}

test('sumOfSquares has the bits of its JavaScript twin at any length, alignment and magnitude', () => {
  const heap = createHeap(1 << 20);
  for (const bits of [32, 64] as const) {
    const x = vector(heap, bits, 4099, generator(99));
    for (let i = 0; i < x.length; i++) x[i] = at(x, i) * 2 ** ((i % 90) - 45);
    for (let length = 0; length < 70; length++) {
      const y = x.subarray(length % 5, (length % 5) + length);
      assert.ok(Object.is(heap.sumOfSquares(y), sumOfSquaresTwin(y)), `f${bits}, ${length} elements`);
    }
    assert.equal(heap.sumOfSquares(x), sumOfSquaresTwin(x));
  }
});

test('softmaxCrossEntropy gives the loss and the scaled gradient of the naive formula', () => {
  for (const bits of [32, 64] as const) {
    const [m, n] = [9, 11];
    const heap = createHeap(1 << 14);
    const z = vector(heap, bits, m * n, generator(5));
    heap.scale(z, 4);
    const logits = z.slice();
    const labels = labelsOf(heap, m, n);
    const loss = heap.softmaxCrossEntropy(z, labels, m, n, 0.25);
    let expected = 0;
    for (let i = 0; i < m; i++) {
      const row = Array.from(logits.subarray(i * n, (i + 1) * n), Math.exp);
      const sum = row.reduce((s, e) => s + e);
      expected -= Math.log(at(row, at(labels, i)) / sum);
      for (let j = 0; j < n; j++) {
        const gradient = 0.25 * (at(row, j) / sum - (j === labels[i] ? 1 : 0));
        assert.ok(Math.abs(at(z, i * n + j) - gradient) <= epsilon[bits]);
      }
    }
    assert.ok(Math.abs(loss - expected) <= 1e-12 * expected);
  }
});

test('softmaxCrossEntropy has no overflow, and a confident correct row keeps its tiny gradient', () => {
  const heap = createHeap(1024);
  const run = (label: number, ...logits: number[]): { loss: number; gradient: number[] } => {
    const z = heap.f64(logits.length);
    z.set(logits);
    const labels = heap.i32(1);
    labels[0] = label;
    const loss = heap.softmaxCrossEntropy(z, labels, 1, logits.length, 1);
    return { loss, gradient: [...z] };
  };
  assert.deepEqual(run(1, 800, -1000), { loss: 1800, gradient: [1, -1] });
  assert.deepEqual(run(0, 1e308, 0), { loss: 0, gradient: [-0, 0] });
  assert.deepEqual(run(1, 1e308, 0), { loss: 1e308, gradient: [1, -1] });
  assert.deepEqual(run(1, -1e308, -1e308), { loss: Math.LN2, gradient: [0.5, -0.5] });
  const sure = run(0, 100, 0);
  for (const size of [sure.loss, -at(sure.gradient, 0), at(sure.gradient, 1)]) {
    assert.ok(Math.abs(size / Math.exp(-100) - 1) < 1e-14);
  }
  assert.equal(run(0, Number.NaN, 0).loss, Number.NaN);
});

test('sigmoidCrossEntropy gives the loss and the scaled gradient of the naive formula', () => {
  for (const bits of [32, 64] as const) {
    const m = 57;
    const heap = createHeap(1 << 14);
    const z = vector(heap, bits, m, generator(8));
    heap.scale(z, 6);
    const logits = z.slice();
    const y = vector(heap, bits, m, generator(9));
    for (let i = 0; i < m; i++) y[i] = i % 3 === 0 ? (at(y, i) + 1) / 2 : i % 2;
    const loss = heap.sigmoidCrossEntropy(z, y, m, 0.5);
    let expected = 0;
    for (let i = 0; i < m; i++) {
      const v = at(logits, i);
      expected += Math.log(1 + Math.exp(v)) - at(y, i) * v;
      const gradient = 0.5 * (1 / (1 + Math.exp(-v)) - at(y, i));
      assert.ok(Math.abs(at(z, i) - gradient) <= epsilon[bits]);
    }
    assert.ok(Math.abs(loss - expected) <= 1e-12 * expected);
  }
});

test('sigmoidCrossEntropy is exact for saturated logits', () => {
  const heap = createHeap(1024);
  const run = (z: number, y: number): number[] => {
    const logit = heap.f64(1).fill(z);
    const target = heap.f64(1).fill(y);
    return [heap.sigmoidCrossEntropy(logit, target, 1, 1), at(logit, 0)];
  };
  assert.deepEqual(run(800, 0), [800, 1]);
  assert.deepEqual(run(-1000, 1), [1000, -1]);
  assert.deepEqual(run(1e308, 0), [1e308, 1]);
  assert.deepEqual(run(-1e308, 1), [1e308, -1]);
  assert.deepEqual(run(1e308, 0.5), [5e307, 0.5]);
  const [loss, gradient] = run(50, 1) as [number, number];
  assert.ok(Math.abs(loss / Math.exp(-50) - 1) < 1e-14);
  assert.ok(Math.abs(-gradient / Math.exp(-50) - 1) < 1e-14);
});

test('sigmoidCrossEntropy adds up losses of any size to the last digits, over any number of rows', () => {
  for (const m of [1, 2, 3, 127, 128, 129, 1000, 1001])
    for (const size of [1e-3, 1, 30, 40, 600]) {
      const heap = createHeap(1 << 15);
      const z = heap.f64(m).map((_, i) => (i % 2 === 0 ? size : -size) * (1 + i / m / 9));
      const logits = heap.f64(m);
      logits.set(z);
      const y = heap.f64(m);
      y.forEach((_, i) => {
        y[i] = (i + 1) % 2;
      });
      const expected = z.reduce((sum, v) => sum + Math.log1p(Math.exp(-Math.abs(v))), 0);
      const loss = heap.sigmoidCrossEntropy(logits, y, m, 1);
      assert.ok(Math.abs(loss - expected) <= 1e-13 * expected, `${m} rows of ${size}: ${loss}, ${expected}`);
    }
});

test('sigmoidCrossEntropy has the same bits whether rows come at once or in blocks', () => {
  for (const bits of [32, 64] as const)
    for (const m of [129, 384, 1000, 1281]) {
      const heap = createHeap(1 << 16);
      const [z, y] = [vector(heap, bits, m, generator(m)), vector(heap, bits, m, generator(9))];
      const [sum, logits] = [heap.f64(2), vector(heap, bits, m, generator(m))];
      const expected = heap.sigmoidCrossEntropy(z, y, m, 0.5);
      let loss = 0;
      for (let from = 0; from < m; from += 3 * SIGMOID_ROWS) {
        const count = Math.min(3 * SIGMOID_ROWS, m - from);
        loss = heap.sigmoidCrossEntropy(logits.subarray(from), y.subarray(from), count, 0.5, sum);
      }
      assert.equal(loss, expected);
      assert.deepEqual(logits, z);
    }
});

test('The elementwise kernels and the column sums agree with plain loops', () => {
  fc.assert(
    fc.property(bitsOf, fc.nat(20), fc.nat(40), (bits, m, n) => {
      const heap = createHeap(1 << 16);
      const round = bits === 32 ? Math.fround : (x: number): number => x;
      const x = vector(heap, bits, m * n, generator(m));
      const y = vector(heap, bits, m * n, generator(n));
      const bias = vector(heap, bits, n, generator(3));
      const sums = vector(heap, bits, n, generator(4));
      const x0 = x.slice();
      const y0 = y.slice();
      heap.axpy(y, 0.3, x);
      y.forEach((v, i) => {
        assert.equal(v, round(at(y0, i) + round(round(0.3) * at(x0, i))));
      });
      heap.columnSums(sums, x, m, n);
      heap.addRowBias(x, bias, m, n);
      x.forEach((v, i) => {
        assert.equal(v, round(at(x0, i) + at(bias, i % n)));
      });
      sums.forEach((v, j) => {
        let sum = 0;
        for (let i = 0; i < m; i++) sum += at(x0, i * n + j);
        assert.equal(v, round(sum));
      });
      const x1 = x.slice();
      heap.scale(x, -0.7);
      x.forEach((v, i) => {
        assert.equal(v, round(round(-0.7) * at(x1, i)));
      });
    }),
    { numRuns: 100, seed: 11 },
  );
});

test('gatherRows copies the chosen rows for any width', () => {
  for (const bits of [32, 64] as const) {
    for (const width of [0, 1, 2, 3, 5, 16, 17, 35]) {
      const heap = createHeap(1 << 14);
      const source = vector(heap, bits, 6 * width, generator(width));
      const target = vector(heap, bits, 4 * width, () => 0);
      const index = heap.i32(4);
      index.set([5, 0, 5, 2]);
      heap.gatherRows(target, source, index, 4, width);
      target.forEach((v, i) => {
        assert.equal(v, source[at(index, Math.floor(i / width)) * width + (i % width)]);
      });
    }
  }
});

test('countCorrect takes the first of equal maxima', () => {
  const heap = createHeap(1024);
  const logits = heap.f32(9);
  logits.set([1, 1, 0, -3, -2, -1, 0, 5, 5]);
  const labels = heap.i32(3);
  labels.set([0, 2, 2]);
  assert.equal(heap.countCorrect(logits, labels, 3, 3), 2);
});

test('A heap hands out zeroed, aligned views until it is full', () => {
  const heap = createHeap(96);
  const views = [heap.f64(3), heap.f32(1), heap.i32(5)];
  for (const view of views) {
    assert.equal(view.byteOffset % 16, 0);
    assert.ok(view.every((v) => v === 0));
  }
  assert.ok(heap.bytes >= 96 + heapOverhead);
  assert.throws(() => heap.f64(3), RangeError);
  assert.equal(heap.f32(4).length, 4);
  assert.throws(() => heap.i32(1), RangeError);
  assert.throws(() => createHeap(-1), RangeError);
  assert.throws(() => createHeap(2 ** 33), RangeError);
  assert.throws(() => createHeap(1024).f64(1.5), RangeError);
});

test('Two heaps share nothing', () => {
  const [one, two] = [createHeap(1024), createHeap(1024)];
  const x = one.f64(4).fill(2);
  const y = two.f64(4).fill(3);
  one.scale(x, 10);
  assert.deepEqual([...y], [3, 3, 3, 3]);
  assert.ok(one.owns(x) && !one.owns(y) && !one.owns(new Float64Array(4)));
});

test('Arguments that would leave the heap or mix element types are refused', () => {
  const heap = createHeap(4096);
  const x = heap.f64(12);
  const y = heap.f32(12);
  const index = heap.i32(3);
  assert.throws(() => heap.sumOfSquares(new Float64Array(4)), RangeError);
  assert.throws(() => heap.matmulNT(x, x, y, 1, 1, 1), TypeError);
  assert.throws(() => heap.matmulNT(x, x, x, 4, 4, 1), RangeError);
  assert.throws(() => heap.matmulTN(x, x, x, 2, 2, -1), RangeError);
  assert.throws(() => heap.axpy(x, 1, x.subarray(1)), RangeError);
  for (const outside of [-1, 4, 2147483647]) {
    index[1] = outside;
    assert.throws(() => heap.gatherRows(x, x, index, 3, 3), RangeError);
    assert.throws(() => heap.softmaxCrossEntropy(x, index, 3, 4, 1), RangeError);
    assert.throws(() => heap.countCorrect(y, index, 3, 4), RangeError);
  }
});

/** FNV-1a over the bytes, in little-endian order. */
function fnv(hash: bigint, x: Vector): bigint {
  for (const byte of new Uint8Array(x.buffer, x.byteOffset, x.byteLength)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}

test('A pipeline of all kernels and functions has the same bits everywhere', () => {
  let hash = 0xcbf29ce484222325n;
  const add = (x: Vector): void => {
    hash = fnv(hash, x);
  };
  const shapes: [number, number, number][] = [
    [33, 10, 300],
    [17, 1, 65],
    [1, 19, 129],
    [20, 21, 22],
  ];
  for (const bits of [32, 64] as const) {
    for (const [m, n, k] of shapes) {
      const heap = createHeap(1 << 20);
      const next = generator(m * n + k);
      const data = vector(heap, bits, (m + 20) * k, next);
      const x = vector(heap, bits, m * k, next);
      const w = vector(heap, bits, n * k, next);
      const z = vector(heap, bits, m * n, next);
      const bias = vector(heap, bits, n, next);
      const labels = labelsOf(heap, m, n);
      heap.gatherRows(x, data, labels, m, k);
      heap.matmulNT(z, x, w, m, n, k);
      heap.addRowBias(z, bias, m, n);
      add(z);
      const scores = [heap.countCorrect(z, labels, m, n), heap.softmaxCrossEntropy(z, labels, m, n, 1 / m)];
      add(z);
      heap.matmulTN(w, z, x, n, k, m, true);
      heap.columnSums(bias, z, m, n);
      heap.matmulNN(x, z, w, m, k, n);
      heap.axpy(w, -0.1, w);
      heap.scale(x, 3);
      scores.push(heap.sumOfSquares(x), heap.sigmoidCrossEntropy(x, data, m * k, 0.5));
      for (const v of [w, bias, x, Float64Array.from(scores)]) add(v);
    }
  }
  const next = generator(2026);
  for (let i = 0; i < 500; i++) {
    const u = next();
    const v = next() * 20;
    const a = 1 + u;
    const values = [math.exp(v), math.expm1(v), math.log(a), math.log1p(u), math.tanh(v), math.pow(a, v)];
    values.push(math.sin(v), math.cos(v), math.sinh(v), math.cosh(v), math.sigmoid(v), math.softplus(v));
    add(Float64Array.from(values));
  }
  assert.equal(hash.toString(16), '86c71ed5cf868a6');
});
