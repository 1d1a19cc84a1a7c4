import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nextNonFinite } from '../../src/core/kernels/vector.js';
import { objectives } from '../../src/core/objectives/index.js';
import { evaluateHere, type Objective, type ObjectivePlan } from '../../src/core/objectives/objective.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import { costOfRun } from '../../src/core/problem.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { newRandom } from '../support/random.js';

const datasets = openDataDirectory(null);
const CELLS = ['lstm', 'gru', 'tanh', 'relu'] as const;
const STREAMS = 3;
const STEPS = 5;
const WINDOWS = 4;
const VOCABULARY = 7;

const planOf = (params: object, secondOrder = false): ObjectivePlan =>
  objectives.build(
    objectives.spec.parse({
      languageModel: { embeddingSize: 4, hiddenSize: 6, initialization: 'he', dtype: 'float64', ...params },
    }),
  )({ size: null, dtype: null, seed: 5, datasets, secondOrder });

/** Columns of tokens, from a row on. */
function columns(rows: number, streams = STREAMS, from = 0): { data: object } {
  const random = newRandom(29);
  const ids = Array.from({ length: (WINDOWS * STEPS + 1) * streams }, () =>
    Math.min(VOCABULARY - 1, Math.floor(Math.abs(random()) * VOCABULARY)),
  );
  const values = ids.slice(from * streams, (from + rows) * streams);
  return { data: { tokens: { ids: { shape: [rows, streams], values }, vocabularySize: VOCABULARY } } };
}
const all = columns(WINDOWS * STEPS + 1);

const close = (a: number, b: number): void =>
  assert.ok(Math.abs(a - b) <= 1e-13 * Math.abs(b), `${a} is not ${b}`);

/** The values of so many iterations without a step between them. */
function values(objective: Objective, count: number): number[] {
  return Array.from({ length: count }, (_, k) => {
    objective.select?.(k);
    return evaluateHere(objective);
  });
}

for (const cell of CELLS)
  for (const layers of [1, 2])
    describe(`${layers} layer(s) of ${cell}`, () => {
      const whole = evaluateHere(planOf({ ...all, cell, layers }).create());

      test('carry their states from window to window: the mean of all is the loss of one long window', () => {
        const windows = values(planOf({ ...all, cell, layers, sequenceLength: STEPS }).create(), WINDOWS);
        close(windows.reduce((sum, value) => sum + value, 0) / WINDOWS, whole);
      });

      test('begin anew, with zero states, when the text is exhausted', () => {
        const objective = planOf({ ...all, cell, layers, sequenceLength: STEPS }).create();
        const twice = values(objective, 2 * WINDOWS);
        assert.deepEqual(twice.slice(WINDOWS), twice.slice(0, WINDOWS));
        assert.equal(new Set(twice).size, WINDOWS);
      });

      test('reset: every window is by itself', () => {
        const params = { cell, layers, hiddenState: 'reset' };
        const windows = values(planOf({ ...all, ...params, sequenceLength: STEPS }).create(), WINDOWS);
        windows.forEach((value, k) => {
          const alone = planOf({ ...columns(STEPS + 1, STREAMS, k * STEPS), ...params }).create();
          assert.equal(value, evaluateHere(alone));
        });
      });

      test('carried states are constants: the gradient of a window is that of its own loss from them', () => {
        const objective = planOf({ ...all, cell, layers, sequenceLength: STEPS }).create();
        const { x, gradient } = objective;
        // Away from the kinks of relu, where biases of 0 leave whole layers.
        x.forEach((_, i) => {
          x[i] += 0.1 * Math.sin(i + 1);
        });
        values(objective, 2);
        objective.select?.(2);
        evaluateHere(objective);
        const exact = gradient.slice();
        for (const i of [1, 9, Math.floor(x.length / 2), x.length - 1]) {
          const [at, h] = [x[i] as number, 1e-6];
          x[i] = at + h;
          const above = evaluateHere(objective);
          x[i] = at - h;
          const below = evaluateHere(objective);
          x[i] = at;
          const difference = (above - below) / (2 * h) - (exact[i] as number);
          assert.ok(
            Math.abs(difference) < 1e-8 * (1 + Math.abs(above)),
            `component ${i}: ${exact[i]} is ${difference} off`,
          );
        }
      });

      test('evaluations and products at one iteration are of one function, whatever comes between', () => {
        const plan = planOf({ ...text, cell, layers }, true);
        const objective = plan.create();
        values(objective, 3);
        objective.select?.(3);
        const value = evaluateHere(objective);
        const gradient = objective.gradient.slice();
        const v = objective.x.map((_, i) => (i % 3) - 1);
        const product = new Float64Array(v.length);
        objective.hessianVectorProduct(v, product);
        objective.evaluate?.(new Float64Array(2));
        const again = new Float64Array(v.length);
        objective.hessianVectorProduct(v, again);
        assert.deepEqual(again, product);
        assert.equal(evaluateHere(objective), value);
        assert.deepEqual(objective.gradient, gradient);
        assert.deepEqual(objective.gradient.length, plan.layout.size);
        assert.ok(product.some((component) => component !== 0));
      });
    });

const text = {
  data: {
    text: `${'the whale, the white whale, and the sea. '.repeat(6)}Call me Ishmael; call me when the whale is white.`,
  },
  batchSize: 2,
  sequenceLength: 9,
};

describe('the held-out part of a text', () => {
  test('is judged from zero states to its end, whatever the length of a window', () => {
    const losses = [4, 9, 13].map((sequenceLength) => {
      const objective = planOf({ ...text, sequenceLength }).create();
      const out = new Float64Array(2);
      objective.evaluate?.(out);
      close(out[1] as number, Math.exp(out[0] as number));
      return out[0] as number;
    });
    for (const loss of losses) close(loss, losses[0] as number);
  });

  test('is the end of it, and what it says is the loss of these tokens', () => {
    // Half of 'abab...' and then 'bbbb...': learning 'b follows a' is judged by 'b follows b'.
    const data = { text: `${'ab'.repeat(20)}${'b'.repeat(40)}` };
    const plan = planOf({ data, batchSize: 1, sequenceLength: 39, validationFraction: 0.5 });
    const objective = plan.create();
    const out = new Float64Array(2);
    objective.evaluate?.(out);
    const ids = { shape: [40, 1], values: Array.from({ length: 40 }, () => 1) };
    const same = planOf({ data: { tokens: { ids, vocabularySize: 2 } } }).create();
    same.x.set(objective.x);
    close(out[0] as number, evaluateHere(same));
    assert.deepEqual(plan.evaluationColumns, ['validationLoss', 'validationPerplexity']);
    assert.deepEqual(planOf({ ...all }).evaluationColumns, []);
  });

  test('leaves the run as it is', () => {
    const [watched, alone] = [planOf(text).create(), planOf(text).create()];
    for (let k = 0; k < 12; k++) {
      for (const objective of [watched, alone]) {
        objective.select?.(k);
        evaluateHere(objective);
        objective.x.forEach((_, i) => {
          objective.x[i] -= 0.1 * (objective.gradient[i] as number);
        });
      }
      watched.evaluate?.(new Float64Array(2));
    }
    assert.deepEqual(watched.x, alone.x);
  });
});

describe('Hessian-vector products are those of central differences of the gradient', () => {
  for (const cell of CELLS.slice(0, 3))
    for (const tied of [false, true])
      for (const streams of [1, 2])
        test(`${cell}, ${tied ? 'tied' : 'untied'}, ${3 * streams} tokens of a vocabulary of 4`, () => {
          const values = [0, 1, 2, 3, 3, 1, 0, 2].slice(0, 4 * streams);
          const data = { tokens: { ids: { shape: [4, streams], values }, vocabularySize: 4 } };
          const params = { data, cell, tied, layers: 2, embeddingSize: 3, hiddenSize: 3 };
          const objective = planOf(params, true).create();
          const { x, gradient } = objective;
          const v = x.map((_, i) => Math.sin(i + 1));
          const at = x.slice();
          const gradientAt = (h: number): Float64Array => {
            x.set(at.map((value, i) => value + h * (v[i] as number)));
            evaluateHere(objective);
            return Float64Array.from(gradient);
          };
          const [above, below] = [gradientAt(1e-5), gradientAt(-1e-5)];
          x.set(at);
          const product = new Float64Array(x.length);
          objective.hessianVectorProduct(v, product);
          product.forEach((exact, i) => {
            const difference = ((above[i] as number) - (below[i] as number)) / 2e-5;
            assert.ok(Math.abs(difference - exact) < 1e-8, `component ${i}: ${exact} and ${difference}`);
          });
        });
});

test('parameters bear the names of PyTorch, whatever the cell', () => {
  const ofLayer = (l: number) =>
    ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'].map((name) => `${name}_l${l}`);
  for (const cell of CELLS)
    assert.deepEqual(
      planOf({ ...all, cell, layers: 2 }).layout.tensors.map(({ name }) => name),
      ['embedding', ...ofLayer(0), ...ofLayer(1), 'W_out', 'b_out'],
    );
});

test('streams are pieces of the text side by side, and each token is followed by the next one', () => {
  // 'abcdefghi' in two streams: abcd -> bcde and efgh -> fghi.
  const inText = planOf({
    data: { text: 'abcdefghi' },
    batchSize: 2,
    sequenceLength: 4,
    validationFraction: 0,
  });
  const ids = { shape: [5, 2], values: [0, 4, 1, 5, 2, 6, 3, 7, 4, 8] };
  const inColumns = planOf({ data: { tokens: { ids, vocabularySize: 9 } } });
  const [a, b] = [inText.create(), inColumns.create()];
  assert.equal(evaluateHere(a), evaluateHere(b));
  assert.deepEqual(a.gradient, b.gradient);
});

test('a state that overflowed is not carried on', () => {
  const objective = planOf({ ...all, cell: 'relu', sequenceLength: STEPS }).create();
  objective.select?.(0);
  const start = objective.x.slice();
  objective.x.fill(1e300);
  evaluateHere(objective);
  objective.x.set(start);
  objective.select?.(1);
  assert.ok(Number.isFinite(evaluateHere(objective)));
  assert.equal(nextNonFinite(objective.gradient), -1);
});

test('a large vocabulary and a small one give the same function', () => {
  // Below as many tokens as a window has, the rows of the embedding are multiplied before they are gathered.
  const ids = { shape: [4, 2], values: [0, 1, 2, 3, 1, 0, 3, 2] };
  const small = planOf({ data: { tokens: { ids, vocabularySize: 6 } } });
  const large = planOf({ data: { tokens: { ids, vocabularySize: 7 } } });
  const [a, b] = [small.create(), large.create()];
  // The seventh token: no embedding, and a bias that gives it no probability.
  let at = 0;
  for (const [i, { size }] of small.layout.tensors.entries()) {
    const wide = large.layout.tensors[i] as { size: number };
    b.x.set(a.x.subarray(at, at + size), at + (offset(large, i) - at));
    assert.ok(wide.size >= size);
    at += size;
  }
  b.x[b.x.length - 1] = -800;
  close(evaluateHere(b), evaluateHere(a));
  const last = small.layout.tensors.length;
  for (let i = 0; i < last; i++) {
    const { size } = small.layout.tensors[i] as { size: number };
    for (let j = 0; j < size; j++) {
      const [p, q] = [a.gradient[offset(small, i) + j], b.gradient[offset(large, i) + j]] as [number, number];
      assert.ok(Math.abs(p - q) < 1e-14, `tensor ${i}, component ${j}: ${p} and ${q}`);
    }
  }
});

const offset = ({ layout }: ObjectivePlan, tensor: number): number =>
  layout.tensors.slice(0, tensor).reduce((sum, { size }) => sum + size, 0);

describe('the memory of a language model is what the plan says, within a quarter', () => {
  const novel = {
    data: { text: 'Call me Ishmael. Some years ago, never mind how long precisely. '.repeat(3000) },
  };
  for (const params of [
    {},
    { embeddingSize: 64, hiddenSize: 128, dtype: 'float32' },
    { embeddingSize: 64, hiddenSize: 128, layers: 3, cell: 'gru' },
    { tokens: 'words', embeddingSize: 200, hiddenSize: 200, tied: true, batchSize: 4, sequenceLength: 8 },
    { hiddenState: 'reset', cell: 'tanh', batchSize: 256 },
  ])
    for (const secondOrder of [false, true])
      test(`${JSON.stringify(params)}${secondOrder ? ', second order' : ''}`, () => {
        const plan = planOf({ ...novel, ...params }, secondOrder);
        const { x } = plan.create();
        const taken = x.buffer.byteLength + ('tokens' in params ? 0 : 2 * novel.data.text.length);
        assert.ok(plan.bytes <= 1.25 * taken && taken <= 1.25 * plan.bytes, `${plan.bytes} for ${taken}`);
      });
});

test('the estimate of a run counts the passes over the held-out part', () => {
  const plan = planOf(text);
  const spec = {
    objective: {},
    clipping: { none: {} },
    optimizer: optimizers.spec.parse({ sgd: {} }),
    maxIterations: 100,
    every: 1,
    evaluateEvery: 10,
  };
  const cost = (fields: readonly 'evaluation'[], of = plan) =>
    costOfRun({ ...spec, fields }, of).floatingPointOperations;
  const once = plan.flopsPerHeldOut as number;
  // 29 characters in two streams: 14 steps, two windows of up to 9, each a third of what training costs.
  assert.equal(once, (2 * plan.flopsPerEvaluation) / 3);
  assert.equal(cost(['evaluation']) - cost([]), 11 * once);
  assert.equal(cost([]) - cost([], planOf({ ...text, validationFraction: 0 })), once);
});
