import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden, unflat } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';
import type { Transport } from '../support/transports.js';

type Parameters = Readonly<Record<string, Numbers>>;
interface Model {
  readonly id: string;
  readonly model: string;
  readonly l2?: number;
  readonly loss_formula?: string;
  /** Of an mlp. */
  readonly sizes?: readonly number[];
  readonly activation?: string;
  readonly loss_kind?: string;
  readonly params: Parameters;
  readonly X: Numbers;
  readonly y: Numbers;
}
interface NetCase extends Model {
  readonly expect: { readonly loss: number; readonly grads: Parameters; readonly grad_norm: number };
}
interface HessianCase extends Model, Omit<FunctionData, 'y'> {
  readonly param_order: readonly string[];
  readonly expect: {
    readonly loss: number;
    readonly grad: readonly number[];
    readonly hessian: Numbers;
    readonly hvp: readonly { readonly v: readonly number[]; readonly Hv: readonly number[] }[];
  };
}
interface FunctionCase {
  readonly id: string;
  readonly function: string;
  readonly dim: number;
  readonly data: FunctionData;
  readonly points: readonly {
    readonly x: readonly number[];
    readonly f: number;
    readonly grad: readonly number[];
    readonly hessian: readonly number[];
    readonly grad_norm: number;
  }[];
}

const MODELS: Readonly<Record<string, string>> = {
  softmax_regression: 'softmaxRegression',
  logistic_regression: 'logisticRegression',
  mlp: 'mlp',
};
const LOSSES: Readonly<Record<string, string>> = {
  mse_mean: 'meanSquaredError',
  ce_mean: 'crossEntropy',
};
const isModel = ({ model }: Model): boolean => model in MODELS;
const nets = readGolden<{ cases: readonly NetCase[] }>('grad_nets').cases.filter(isModel);
const hessians = readGolden<{ cases: readonly HessianCase[] }>('hessian').cases.filter(
  (c) => isModel(c) || functionOf(c, (t) => t) !== null,
);
const functions = readGolden<{ cases: readonly FunctionCase[] }>('functions').cases.filter(
  (c) => testFunctionOf(c.function, c.data, (t) => t) !== null,
);

function objectiveOf({ tensor }: Transport, c: Model, l2: number): object {
  const data = { inline: { features: tensor(c.X), targets: tensor(c.y) } };
  if (c.model === 'mlp') return { mlp: mlpOf(data, c) };
  const classes = c.params['W']?.shape[0];
  return { [MODELS[c.model] as string]: { data, l2, ...(classes !== undefined && { classes }) } };
}
/** A case of the Hessians says it in words: a tanh MLP with mse_mean. */
function mlpOf(data: object, { sizes, params, activation = 'tanh', loss_kind = 'mse_mean' }: Model): object {
  const units = sizes ?? layersOf(params);
  const loss = LOSSES[loss_kind] as string;
  const classes = loss === 'crossEntropy' ? { classes: units.at(-1) } : {};
  return { data, hidden: units.slice(1, -1), activation, loss, ...classes };
}
const layersOf = (params: Parameters): number[] => [
  params['W0']?.shape[1] as number,
  ...Object.entries(params)
    .filter(([name]) => name.startsWith('W'))
    .map(([, { shape }]) => shape[0] as number),
];
/** In the order of the layout: a regression's weights and bias, or those of every layer. */
const weightsAndBias = (p: Parameters): Numbers[] =>
  'W0' in p ? Object.values(p) : ([p['W'] ?? p['w'], p['b']] as Numbers[]);

/** A model of the Hessians that is a test function. */
function functionOf(c: HessianCase, tensor: (numbers: Numbers) => object): object | null {
  return testFunctionOf(c.model, { ...c, rank: c.params['U']?.shape[1] ?? 1 }, tensor);
}

const titleOf = ({ model, loss_formula, sizes, activation, loss_kind }: Model): string =>
  [model, loss_formula, sizes?.join('-'), activation, loss_kind].filter((part) => part !== undefined).join(', ');

test('the files hold the cases they are known to hold', () => {
  assert.deepEqual([nets.length, hessians.length, functions.length], [30, 5, 24]);
});

overBoth('a model has the value and the gradient of PyTorch', (api) => {
  for (const c of nets)
    test(`${c.id}: ${titleOf(c)}`, async () => {
      const tolerance = { rtol: 1e-9, atol: 1e-12 };
      const reply = await api().evaluate({
        objective: objectiveOf(api(), c, c.l2 ?? 0),
        parameters: weightsAndBias(c.params).map(api().tensor),
      });
      assertClose([reply.value], [c.expect.loss], tolerance, 'loss');
      const gradients = reply.gradients.flatMap(api().numbers);
      assertClose(gradients, flat(weightsAndBias(c.expect.grads)), tolerance, 'gradients');
      assertClose([reply.gradientNorm], [c.expect.grad_norm], tolerance, 'gradient norm');
    });
});

overBoth('a model has the right Hessian', (api) => {
  for (const c of hessians)
    test(`${c.id}: ${titleOf(c)}`, async () => {
      const tolerance = { rtol: 1e-9, atol: 1e-11 };
      const parameters = c.param_order.map((name) => c.params[name] as Numbers);
      const shapes = parameters.map(({ shape }) => shape);
      const reply = await api().evaluate({
        // 0.05 ‖w‖² is (l2/2) ‖w‖² with l2 = 0.1.
        objective: isModel(c)
          ? objectiveOf(api(), c, c.model === 'logistic_regression' ? 0.1 : 0)
          : functionOf(c, api().tensor),
        parameters: parameters.map(api().tensor),
        directions: c.expect.hvp.map(({ v }) => unflat(v, shapes).map(api().tensor)),
        hessian: true,
      });
      assertClose([reply.value], [c.expect.loss], tolerance, 'loss');
      assertClose(reply.gradients.flatMap(api().numbers), c.expect.grad, tolerance, 'gradient');
      assert.deepEqual(reply.hessian.shape, c.expect.hessian.shape);
      assertClose(api().numbers(reply.hessian), c.expect.hessian.data, tolerance, 'Hessian');
      assert.equal(reply.hessianVectorProducts.length, c.expect.hvp.length);
      reply.hessianVectorProducts.forEach((product, i) => {
        const tensors = 'tensors' in product ? product.tensors : product;
        const expected = c.expect.hvp[i]?.Hv ?? [];
        assertClose(tensors.flatMap(api().numbers), expected, tolerance, `product ${i}`);
      });
    });
});

const size = (values: readonly number[]): number => Math.max(1, ...values.map(Math.abs));

overBoth('a test function has the right value, gradient and Hessian', (api) => {
  for (const c of functions)
    c.points.forEach(({ x, f, grad, hessian, grad_norm }, i) => {
      test(`${c.id}, point ${i}: ${c.function} in ${c.dim} dimension(s) at ${x.join(', ')}`, async () => {
        const reply = await api().evaluate({
          objective: testFunctionOf(c.function, c.data, api().tensor),
          parameters: [api().tensor({ shape: [x.length], data: x })],
          hessian: true,
        });
        const gradient = reply.gradients.flatMap(api().numbers);
        assertClose([reply.value], [f], { rtol: 1e-12, atol: 1e-12 }, 'value');
        assertClose(gradient, grad, { rtol: 1e-11, atol: 1e-12 * size(grad) }, 'gradient');
        assertClose([reply.gradientNorm], [grad_norm], { rtol: 1e-11, atol: 1e-12 }, 'gradient norm');
        const bound = { rtol: 1e-10, atol: 1e-10 * size(hessian) };
        assertClose(api().numbers(reply.hessian), hessian, bound, 'Hessian');
      });
    });
});
