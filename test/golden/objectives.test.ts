import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import { isModel, type Model, modelOf, weightsAndBias } from '../support/models.js';
import type { Numbers } from '../support/tensors.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';

type Parameters = Readonly<Record<string, Numbers>>;
interface NetCase extends Model {
  readonly expect: { readonly loss: number; readonly grads: Parameters; readonly grad_norm: number };
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

const nets = readGolden<{ cases: readonly NetCase[] }>('grad_nets').cases.filter(isModel);
const functions = readGolden<{ cases: readonly FunctionCase[] }>('functions').cases.filter(
  (c) => testFunctionOf(c.function, c.data, (t) => t) !== null,
);

const titleOf = ({ model, sizes, activation, loss_kind }: Model): string =>
  [model, sizes?.join('-'), activation, loss_kind].filter((part) => part !== undefined).join(', ');

test('the files hold the cases they are known to hold', () => {
  assert.deepEqual([nets.length, functions.length], [30, 24]);
});

overBoth('a model has the value and the gradient of PyTorch', (api) => {
  for (const c of nets)
    test(`${c.id}: ${titleOf(c)}`, async () => {
      const tolerance = { rtol: 1e-9, atol: 1e-12 };
      const reply = await api().evaluate({
        objective: modelOf(c, c.l2 ?? 0, api().tensor),
        parameters: weightsAndBias(c.params).map(api().tensor),
      });
      assertClose([reply.value], [c.expect.loss], tolerance, 'loss');
      const gradients = reply.gradients.flatMap(api().numbers);
      assertClose(gradients, flat(weightsAndBias(c.expect.grads)), tolerance, 'gradients');
      assertClose([reply.gradientNorm], [c.expect.grad_norm], tolerance, 'gradient norm');
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
