import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createHeap, type Heap } from '../../../src/core/kernels/heap.js';
import { sumOfSquares } from '../../../src/core/kernels/norm.js';
import { scale, type Vector } from '../../../src/core/kernels/vector.js';
import { optimizers } from '../../../src/core/optimizers/index.js';
import { type State, zeros } from '../../../src/core/transform.js';
import { newRandom } from '../../support/random.js';

/** Optimizers whose step is one pass, with whatever changes the pass. */
const SPECS: Readonly<Record<string, readonly object[]>> = {
  sgd: [
    {},
    { maximize: true },
    { weightDecay: 0.1 },
    { weightDecay: 0.1, decoupledWeightDecay: true },
    { momentum: 0.9 },
    { momentum: 0.9, dampening: 0.3, weightDecay: 0.1 },
    { momentum: 0.9, nesterov: true },
    { momentum: 0.9, nesterov: true, weightDecay: 0.1, decoupledWeightDecay: true },
  ],
  adam: [
    {},
    { maximize: true, weightDecay: 0.1 },
    { weightDecay: 0.1, decoupledWeightDecay: true },
    { amsgrad: true },
    { amsgrad: true, weightDecay: 0.1, decoupledWeightDecay: true },
  ],
  adamW: [{}, { weightDecay: 0 }, { amsgrad: true, maximize: true }],
  lion: [{}, { weightDecay: 0 }],
  nAdam: [{}, { weightDecay: 0.1, decoupledWeightDecay: true }],
  rAdam: [{}, { threshold: 4, nesterov: true, epsRoot: 1e-8, weightDecay: 0.1 }],
  adamax: [{}, { maximize: true }],
  rmsprop: [{}, { epsInsideSqrt: true, initialScale: 1 }, { biasCorrection: true, weightDecay: 0.1 }],
  adagrad: [{}, { lrDecay: 0.1, initialAccumulatorValue: 0.1 }, { epsInsideSqrt: true }],
};
/** Below and above where kernels begin, with every rest of a vector and of the unrolled loop. */
const LENGTHS = [1, 63, 64, 65, 66, 67, 68, 79, 80, 81, 95, 1000, 1003];
const STEPS = 7;
/** Beside ordinary numbers. */
const ODD = [0, -0, Infinity, -Infinity, Number.NaN, 5e-324, 1e-45, 1e300, 3e38, -1e-30];

/** The patterns of the bits, every NaN being the same. */
const bits = (x: Vector): Buffer => {
  const plain = x.map((v) => (Number.isNaN(v) ? Number.NaN : v));
  return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
};
const leaves = (node: State): Vector[] =>
  typeof node === 'number'
    ? []
    : ArrayBuffer.isView(node)
      ? [node as Vector]
      : Object.values(node).flatMap(leaves);

for (const dtype of ['f64', 'f32'] as const) {
  const Kind = dtype === 'f64' ? Float64Array : Float32Array;

  /** Steps from the same numbers; where, and what was left: x, the state and the update of each step. */
  function steps(
    kind: string,
    params: object,
    odd: boolean,
    heap: Heap | null,
    way: 'update' | 'apply' | 'keep',
  ) {
    const { transform, learningRate } = optimizers.build(optimizers.spec.parse({ [kind]: params }));
    const random = newRandom(7);
    const numbers = (n: number): number[] =>
      Array.from({ length: n }, (_, i) => (odd && i % 5 === 2 ? (ODD[i % ODD.length] as number) : random()));
    const make = (n: number): Vector => {
      const x = heap === null ? new Kind(n) : heap[dtype](n);
      x.set(numbers(n));
      return x;
    };
    const xs = LENGTHS.map(make);
    const gs = LENGTHS.map(make);
    const shapes = LENGTHS.map((n) => [n]);
    let state = transform.init(xs, shapes);
    const updates: Buffer[] = [];
    for (let count = 1; count <= STEPS; count++) {
      const step = { count, learningRate: 10 * learningRate, value: 0, evaluate: null, shapes };
      for (const g of gs) g.set(numbers(g.length));
      if (way === 'update') {
        state = transform.update(gs, state, xs, step);
        xs.forEach((x, t) => {
          x.set(x.map((xi, i) => xi + (gs[t]?.[i] as number)));
        });
      } else {
        assert.ok(transform.apply !== undefined);
        state = transform.apply(gs, state, xs, step, way === 'keep');
      }
      if (way !== 'apply') updates.push(...gs.map(bits));
    }
    return { xs, kept: leaves(state), updates };
  }

  const heapWithRoom = (): Heap => createHeap(2 * 8 * 4000, 3 * 8 * 4000);

  describe(`steps in one pass, in ${Kind.name}`, () => {
    for (const [kind, list] of Object.entries(SPECS))
      for (const params of list)
        for (const odd of [false, true])
          test(`${kind} ${JSON.stringify(params)}${odd ? ' with odd numbers' : ''}: has the bits of the update and an addition, wherever its vectors live`, () => {
            const expected = steps(kind, params, odd, null, 'update');
            for (const [way, heap] of [
              ['apply', null],
              ['keep', null],
              ['apply', heapWithRoom()],
              ['keep', heapWithRoom()],
              ['keep', createHeap(2 * 8 * 4000)],
            ] as const) {
              const seen = steps(kind, params, odd, heap, way);
              assert.deepEqual(seen.xs.map(bits), expected.xs.map(bits), way);
              assert.deepEqual(seen.kept.map(bits), expected.kept.map(bits), `state after ${way}`);
              if (way === 'keep') assert.deepEqual(seen.updates, expected.updates);
            }
          });

    test('norm and scaling of a vector are the same in a heap', () => {
      const random = newRandom(11);
      for (const n of [1023, 1024, 1031, 8192, 8193, 20_001]) {
        const plain = new Kind(n).map(random);
        const inHeap = createHeap(8 * n)[dtype](n);
        inHeap.set(plain);
        assert.equal(sumOfSquares(inHeap), sumOfSquares(plain), `${n} components`);
        scale(inHeap, 1 / 3);
        scale(plain, 1 / 3);
        assert.deepEqual(bits(inHeap), bits(plain), `${n} components`);
      }
    });

    test('the state of vectors in a heap lives in its room, until that is full', () => {
      const heap = createHeap(8 * 1000, 2 * 8 * 1000);
      const x = heap[dtype](1000);
      const count = dtype === 'f64' ? 2 : 4;
      for (let i = 0; i < count; i++) assert.ok(heap.owns(zeros(x)));
      assert.ok(!heap.owns(zeros(x)));
      assert.ok(zeros(x) instanceof Kind);
    });
  });
}
