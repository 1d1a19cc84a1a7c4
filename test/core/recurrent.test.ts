import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type EvaluateResult, evaluate } from '../../src/core/evaluate.js';
import { spectralRadius } from '../../src/core/network/recurrent/start.js';
import { objectives } from '../../src/core/objectives/index.js';
import type { ObjectivePlan, PlanContext } from '../../src/core/objectives/objective.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { assertClose } from '../support/golden.js';
import { newRandom } from '../support/random.js';

type Params = Readonly<Record<string, unknown>>;
const context = (secondOrder = false, seed = 1): PlanContext => ({
  size: null,
  dtype: null,
  seed,
  secondOrder,
  datasets: openDataDirectory(null),
});
const specOf = (params: Params) => objectives.spec.parse({ recurrent: params });
const planOf = (params: Params, secondOrder = false): ObjectivePlan =>
  objectives.build(specOf(params))(context(secondOrder));
const at = (params: Params, x: Float64Array | null, directions: readonly Float64Array[] = []) =>
  evaluate(
    { objective: specOf(params), parameters: x, directions, hessian: false },
    context(directions.length > 0),
  );

const tensorOf = (random: () => number, ...shape: number[]) => ({
  shape,
  values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random()),
});
const norm = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x));
const named = ({ layout, gradient }: EvaluateResult, name: string): number[] => {
  let from = 0;
  for (const tensor of layout.tensors) {
    if (tensor.name === name) return Array.from(gradient.subarray(from, from + tensor.size));
    from += tensor.size;
  }
  throw new Error(`no parameter ${name}`);
};

interface Size {
  readonly T: number;
  readonly B: number;
  readonly d: number;
  readonly n: number;
  readonly m: number;
}
const SIZES: readonly Size[] = [
  { T: 1, B: 1, d: 1, n: 1, m: 1 },
  { T: 7, B: 1, d: 3, n: 5, m: 2 },
  { T: 6, B: 2, d: 2, n: 4, m: 1 },
  { T: 5, B: 4, d: 1, n: 9, m: 3 },
  { T: 9, B: 5, d: 4, n: 3, m: 2 },
  { T: 3, B: 11, d: 2, n: 18, m: 2 },
];
function problem(random: () => number, { T, B, d, n, m }: Size, more: Params): Params {
  return {
    data: { inline: { inputs: tensorOf(random, T, B, d), targets: tensorOf(random, T, B, m) } },
    hiddenSize: n,
    initialState: tensorOf(random, B, n),
    learnInitialState: true,
    ...more,
  };
}

describe('the gradient of the linear cell', () => {
  for (const rho of [0.5, 1, 1.3])
    for (const [seed, size] of SIZES.entries())
      test(`ρ = ${rho}, ${JSON.stringify(size)}: backpropagation is the double sum, forward accumulation and differences`, () => {
        const random = newRandom(100 * rho + seed);
        const shared = { cell: 'linear', spectralRadius: rho, initialization: 'xavier' };
        const params = problem(random, size, shared);
        const { parameters, gradient } = at(params, null);
        const x = Float64Array.from(parameters, (v) => v + 0.1 * random());
        const bptt = at(params, x);
        for (const gradientMethod of ['doubleSum', 'forwardAccumulation']) {
          const other = at({ ...params, gradientMethod }, x);
          const scale = norm(bptt.gradient);
          assertClose([other.value], [bptt.value], { rtol: 1e-13 }, gradientMethod);
          const bound = { rtol: 0, atol: 2e-14 * scale };
          assertClose(Array.from(other.gradient), Array.from(bptt.gradient), bound, gradientMethod);
        }
        assert.equal(gradient.length, x.length);
        assertSlopes(params, x, bptt, random);
      });
});

/** Central differences of the value along random directions. */
function assertSlopes(
  params: Params,
  x: Float64Array,
  { gradient, value }: EvaluateResult,
  random: () => number,
) {
  for (let k = 0; k < 3; k++) {
    const v = x.map(random);
    const h = (6e-6 * (1 + norm(x))) / norm(v);
    const along = (s: number) =>
      at(
        params,
        x.map((xi, i) => xi + s * (v[i] as number)),
      ).value;
    const slope = (along(h) - along(-h)) / (2 * h);
    const expected = Array.from(gradient).reduce((sum, g, i) => sum + g * (v[i] as number), 0);
    const scale = Math.max(norm(gradient) * norm(v), Math.abs(value));
    assert.ok(Math.abs(slope - expected) < 1e-7 * scale, `slope ${slope}, expected ${expected}`);
  }
}

describe('every cell', () => {
  const CELLS = ['linear', 'tanh', 'relu', 'gru', 'lstm'];
  for (const cell of CELLS)
    for (const [seed, size] of SIZES.entries())
      test(`${cell}, ${JSON.stringify(size)}: gradient and Hessian-vector products are what differences give`, () => {
        const random = newRandom(7 + seed);
        const layers = (seed % 3) + 1;
        const more = { cell, layers, lossAt: seed % 2 === 0 ? 'every' : 'last' };
        const params = problem(random, size, { ...more, initialState: tensorOf(random, size.n) });
        const judged = more.lossAt === 'last' ? [size.B, size.m] : [size.T, size.B, size.m];
        const inputs = tensorOf(random, size.T, size.B, size.d);
        const full = { ...params, data: { inline: { inputs, targets: tensorOf(random, ...judged) } } };
        const x = planOf(full)
          .create()
          .x.map((v) => v + 0.3 * random()) as Float64Array;
        const v = x.map(random);
        const here = at(full, x, [v]);
        assertSlopes(full, x, here, random);
        const h = (6e-6 * (1 + norm(x))) / norm(v);
        const along = (s: number) =>
          at(
            full,
            x.map((xi, i) => xi + s * (v[i] as number)),
          ).gradient;
        const [up, down] = [along(h), along(-h)];
        const product = here.products[0] as Float64Array;
        const error = norm(up.map((g, i) => (g - (down[i] as number)) / (2 * h) - (product[i] as number)));
        assert.ok(error < 1e-7 * Math.max(1, norm(product)), `off by ${error}`);
      });

  for (const cell of CELLS)
    test(`${cell}: a sequence has the same states in any batch, and the mean over the batch is that of its sequences`, () => {
      const random = newRandom(5);
      const inputs = tensorOf(random, 6, 5, 3);
      const targets = tensorOf(random, 6, 5, 2);
      const shared = { cell, hiddenSize: 7 };
      const whole = { ...shared, data: { inline: { inputs, targets } } };
      const x = planOf(whole).create().x as Float64Array;
      const pick = ({ shape, values }: typeof inputs, b: number) => ({
        shape: [6, 1, shape[2] as number],
        values: values.filter((_, i) => Math.floor(i / (shape[2] as number)) % 5 === b),
      });
      const parts = [0, 1, 2, 3, 4].map((b) =>
        at({ ...shared, data: { inline: { inputs: pick(inputs, b), targets: pick(targets, b) } } }, x),
      );
      const together = at(whole, x);
      const mean = parts.reduce((sum, { value }) => sum + value / 5, 0);
      assertClose([together.value], [mean], { rtol: 1e-14 }, 'value');
      const gradient = Array.from(x, (_, i) =>
        parts.reduce((sum, p) => sum + (p.gradient[i] as number) / 5, 0),
      );
      assertClose(Array.from(together.gradient), gradient, { rtol: 1e-12, atol: 1e-15 }, 'gradient');
    });

  // Inputs of 300 drive gates to where e^-|x| is no normal number of single precision.
  for (const cell of ['tanh', 'gru', 'lstm'])
    for (const [largest, tolerance] of [
      [1, 2e-6],
      [300, 1e-4],
    ] as const)
      test(`${cell}, inputs up to ${largest}: single precision agrees with double to its own`, () => {
        const random = newRandom(11);
        const size = { T: 20, B: 6, d: 3, n: 13, m: 2 };
        const inputs = tensorOf(() => largest * random(), size.T, size.B, size.d);
        const { data, ...others } = problem(random, size, {
          cell,
          layers: 2,
          initialState: tensorOf(random, 13),
        });
        const params = { ...others, data: { inline: { ...(data as { inline: object }).inline, inputs } } };
        const double = at(params, null);
        const single = at({ ...params, dtype: 'float32' }, null);
        assertClose([single.value], [double.value], { rtol: tolerance / 2 }, 'value');
        assertClose(
          Array.from(single.gradient),
          Array.from(double.gradient),
          { rtol: 0, atol: tolerance * norm(double.gradient) },
          'gradient',
        );
      });
});

test('F24: a scalar network with an initial state', () => {
  const params = {
    cell: 'linear',
    hiddenSize: 1,
    bias: false,
    outputBias: false,
    initialState: { shape: [1], values: [0.3] },
    learnInitialState: true,
    data: { inline: { inputs: [[1], [-2], [3]], targets: [[0], [0], [0]] } },
  };
  const layout = planOf(params).layout.tensors.map(({ name }) => name);
  const values: Readonly<Record<string, number>> = { W_x: 0.5, W_h: 1.1, W_o: 2, h0: 0.3 };
  const result = at(
    params,
    Float64Array.from(layout, (name) => values[name] as number),
  );
  assertClose([result.value], [1.77901832666667], { rtol: 1e-13 }, 'F');
  const expected = { W_x: 4.97459066666667, W_h: 2.4237236, W_o: 1.77901832666667, h0: 3.56913773333333 };
  for (const [name, gradient] of Object.entries(expected))
    assertClose(named(result, name), [gradient], { rtol: 1e-13 }, name);
});

test('F25: the smoothness constant in W_x grows with the powers of W_h', () => {
  for (const [wh, T, L] of [
    [1.1, 50, 153772.4303893414],
    [0.9, 50, 72.71162522606251],
    [1.1, 100, 1093913059.5150092],
  ] as const) {
    const column = Array.from({ length: T }, () => [1]);
    const params = {
      cell: 'linear',
      hiddenSize: 1,
      bias: false,
      outputBias: false,
      data: { inline: { inputs: column, targets: column } },
    };
    const { products } = at(params, Float64Array.of(0.5, wh, 1), [Float64Array.of(1, 0, 0)]);
    assertClose([products[0]?.[0] as number], [L], { rtol: 1e-12 }, `W_h = ${wh}, T = ${T}`);
  }
});

describe('truncation', () => {
  for (const [cell, length] of [
    ['linear', 3],
    ['tanh', 1],
    ['gru', 4],
    ['lstm', 3],
  ] as const)
    test(`${cell}: after every ${length} steps the state is a constant`, () => {
      const [T, B, d, n, m] = [10, 4, 2, 5, 2];
      const random = newRandom(31);
      const inputs = tensorOf(random, T, B, d);
      const targets = tensorOf(random, T, B, m);
      const shared = { cell, hiddenSize: n };
      const cut = { ...shared, truncation: { length }, data: { inline: { inputs, targets } } };
      const x = planOf(cut)
        .create()
        .x.map((v) => v + 0.2 * random()) as Float64Array;
      const truncated = at(cut, x);
      const { truncation: _, ...whole } = cut;
      assert.equal(truncated.value, at(whole, x).value);
      const slice = ({ shape, values }: typeof inputs, from: number, to: number) => {
        const step = B * (shape[2] as number);
        return { shape: [to - from, B, shape[2] as number], values: values.slice(from * step, to * step) };
      };
      const sum = new Float64Array(x.length);
      let states: Params = {};
      for (let from = 0; from < T; from += length) {
        const to = Math.min(T, from + length);
        const inline = { inputs: slice(inputs, from, to), targets: slice(targets, from, to) };
        const { gradient } = at({ ...shared, ...states, data: { inline } }, x);
        gradient.forEach((g, i) => {
          sum[i] = (sum[i] as number) + (g * (to - from)) / T;
        });
        states = lastStates({ ...shared, ...states }, inline.inputs, x, n, m);
      }
      assertClose(Array.from(truncated.gradient), Array.from(sum), { rtol: 1e-12, atol: 1e-15 }, 'gradient');
    });
});

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
/** The states after a segment, by a plain loop over the formulas. */
function lastStates(
  params: Params,
  { shape, values }: { shape: number[]; values: number[] },
  x: Float64Array,
  n: number,
  m: number,
): Params {
  const [T = 0, B = 0, d = 0] = shape;
  const cell = params['cell'] as string;
  const gates = cell === 'lstm' ? 4 : cell === 'gru' ? 3 : 1;
  const wide = gates * n;
  const [wx, wh, bx, bh] = [0, wide * d, wide * (d + n), wide * (d + n + 1)] as const;
  assert.equal(x.length, wide * (d + n + 2) + m * n + m);
  const get = (name: string) => (params[name] as { values: number[] } | undefined)?.values;
  const h = Float64Array.from(get('initialState') ?? new Array(B * n).fill(0));
  const c = Float64Array.from(get('initialCell') ?? new Array(B * n).fill(0));
  for (let t = 0; t < T; t++)
    for (let b = 0; b < B; b++) {
      const before = h.slice(b * n, b * n + n);
      const input = (k: number): number => {
        let z = x[bx + k] as number;
        for (let j = 0; j < d; j++)
          z += (x[wx + k * d + j] as number) * (values[(t * B + b) * d + j] as number);
        return z;
      };
      const state = (k: number): number => {
        let z = x[bh + k] as number;
        for (let j = 0; j < n; j++) z += (x[wh + k * n + j] as number) * (before[j] as number);
        return z;
      };
      const both = (k: number): number => input(k) + state(k);
      for (let j = 0; j < n; j++) {
        const k = b * n + j;
        if (cell === 'linear') h[k] = both(j);
        else if (cell === 'tanh') h[k] = Math.tanh(both(j));
        else if (cell === 'gru') {
          const keep = sigmoid(both(n + j));
          const fresh = Math.tanh(input(2 * n + j) + sigmoid(both(j)) * state(2 * n + j));
          h[k] = (1 - keep) * fresh + keep * (before[j] as number);
        } else {
          c[k] = sigmoid(both(n + j)) * (c[k] as number) + sigmoid(both(j)) * Math.tanh(both(2 * n + j));
          h[k] = sigmoid(both(3 * n + j)) * Math.tanh(c[k] as number);
        }
      }
    }
  const tensor = (numbers: Float64Array) => ({ shape: [B, n], values: Array.from(numbers) });
  return { initialState: tensor(h), ...(cell === 'lstm' && { initialCell: tensor(c) }) };
}

describe('the start', () => {
  const inline = { inputs: [[1, 2]], targets: [[0]] };
  const weights = (name: string, more: Params): { n: number; blocks: number[][] } => {
    const plan = planOf({ data: { inline }, hiddenSize: 24, ...more });
    const x = plan.create().x;
    let from = 0;
    for (const tensor of plan.layout.tensors) {
      if (tensor.name === name) {
        const n = tensor.shape[1] as number;
        const blocks = Array.from({ length: tensor.size / n / n }, (_, k) =>
          Array.from(x.subarray(from + k * n * n, from + (k + 1) * n * n)),
        );
        return { n, blocks };
      }
      from += tensor.size;
    }
    throw new Error(name);
  };

  test('orthogonal blocks have orthonormal rows', () => {
    const { n, blocks } = weights('weight_hh_l0', { cell: 'lstm', stateInitialization: 'orthogonal' });
    assert.equal(blocks.length, 4);
    for (const w of blocks)
      for (let i = 0; i < n; i++)
        for (let k = 0; k <= i; k++) {
          let dot = 0;
          for (let j = 0; j < n; j++) dot += (w[i * n + j] as number) * (w[k * n + j] as number);
          assert.ok(Math.abs(dot - +(i === k)) < 1e-14, `rows ${i} and ${k}: ${dot}`);
        }
  });

  test('the spectral radius is the one asked for', () => {
    for (const [rho, stateInitialization] of [
      [0.5, 'xavier'],
      [1, 'he'],
      [1.3, 'orthogonal'],
      [0.8, 'identity'],
    ] as const) {
      const { n, blocks } = weights('W_h', { spectralRadius: rho, stateInitialization });
      assertClose([spectralRadius(Float64Array.from(blocks[0] ?? []), n)], [rho], { rtol: 1e-12 }, 'ρ');
    }
  });

  test('the spectral radius of matrices that are known', () => {
    const turn = [Math.cos(1), -Math.sin(1), Math.sin(1), Math.cos(1)];
    for (const [w, rho, rtol] of [
      [[0.9, 10, 0, 0.9], 0.9, 1e-11],
      [turn.map((v) => 1.1 * v), 1.1, 1e-13],
      [[1, 1, 0, 1], 1, 1e-11],
      [[0, 1, 0, 0], 0, 0],
      [[2, 0, 0, -3], 3, 1e-13],
    ] as const)
      assertClose([spectralRadius(Float64Array.from(w), 2)], [rho], { rtol }, `${w}`);
  });
});

describe('memory and time are linear in the steps', () => {
  const planFor = (cell: string, T: number): ObjectivePlan =>
    planOf({
      cell,
      hiddenSize: 8,
      data: {
        inline: { inputs: tensorOf(() => 0, T, 2, 3), targets: tensorOf(() => 0, T, 2, 1) },
      },
    });
  for (const cell of ['linear', 'tanh', 'gru', 'lstm'])
    test(cell, () => {
      const [a, b, c] = [1000, 2000, 4000].map((T) => planFor(cell, T)) as [
        ObjectivePlan,
        ObjectivePlan,
        ObjectivePlan,
      ];
      assert.equal(c.bytes - b.bytes, 2 * (b.bytes - a.bytes));
      assert.equal(c.flopsPerEvaluation, 2 * b.flopsPerEvaluation);
    });
});

describe('a derivative whose product with a weight may be subnormal is 0', () => {
  const weight = 1e-5;
  for (const [dtype, kept, dropped] of [
    ['float32', 5, 7],
    ['float64', 58, 61],
  ] as const)
    for (const [T, factor] of [
      [kept, weight ** kept],
      [dropped, 0],
    ] as const)
      test(`${dtype}, ${T} steps back through a weight of ${weight}`, () => {
        const params: Params = {
          cell: 'linear',
          data: { inline: { inputs: { shape: [T, 1, 1], values: Array(T).fill(0) }, targets: [[1]] } },
          lossAt: 'last',
          hiddenSize: 1,
          learnInitialState: true,
          dtype,
        };
        const values: Readonly<Record<string, number>> = { h0: 1, W_x: 1, W_h: weight, W_o: 1 };
        const { layout } = at(params, null);
        const start = Float64Array.from(layout.tensors, ({ name }) => values[name] ?? 0);
        assertClose(
          named(at(params, start), 'h0'),
          [-factor],
          { rtol: 1e-6 },
          'derivative by the first state',
        );
      });
});
