import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eigenvalues } from '../../src/core/kernels/eigenvalues.js';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, unflat } from '../support/golden.js';
import { isModel, type Model, modelOf } from '../support/models.js';
import { namedParameters, type RecurrentCase, recurrentOf } from '../support/recurrent.js';
import type { Numbers } from '../support/tensors.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';

interface Case extends Omit<FunctionData, 'y'> {
  readonly id: string;
  readonly model: string;
  readonly loss_formula: string;
  readonly param_order: readonly string[];
  readonly params: Readonly<Record<string, Numbers>>;
  readonly expect: {
    readonly loss: number;
    readonly grad: readonly number[];
    readonly hessian: Numbers;
    readonly hvp: readonly { readonly v: readonly number[]; readonly Hv: readonly number[] }[];
    readonly eigenvalues_ascending: readonly number[];
    readonly lambda_max_algebraic: number;
    readonly spectral_norm: number;
    readonly dominant_eigenvalue: number;
    readonly dominant_eigenvector_up_to_sign: readonly number[];
    readonly gap_ratio: number;
    readonly trace: number;
  };
}

const { cases } = readGolden<{ cases: readonly Case[] }>('hessian');
const EXACT = { rtol: 1e-9, atol: 1e-11 };
const EIGEN = { rtol: 1e-8, atol: 1e-10 };

const isRecurrent = ({ model }: Case): boolean => model.startsWith('rnn_');

function objectiveOf(c: Case, tensor: (numbers: Numbers) => object): object {
  if (isRecurrent(c)) return recurrentOf(c as unknown as RecurrentCase, tensor);
  // 0.05 ‖w‖² is (l2/2) ‖w‖² with l2 = 0.1.
  if (isModel(c))
    return modelOf(c as unknown as Model, c.model === 'logistic_regression' ? 0.1 : 0, tensor);
  const found = testFunctionOf(c.model, { ...c, rank: c.params['U']?.shape[1] ?? 1 }, tensor);
  assert.ok(found !== null, `nothing here is ${c.model}`);
  return found;
}
/** In the order of the concatenated vector, recurrent ones by name. */
const parametersOf = (c: Case): Numbers[] =>
  isRecurrent(c)
    ? namedParameters(c as unknown as RecurrentCase)
    : c.param_order.map((name) => c.params[name] as Numbers);

overBoth('value, gradient, Hessian, products and eigenvalues', (api) => {
  for (const c of cases) {
    const { expect } = c;
    const title = `${c.id} ${c.model}, ${c.loss_formula}`;
    const n = expect.grad.length;
    const pieces = (v: readonly number[]): object[] =>
      unflat(v, parametersOf(c).map(({ shape }) => shape)).map(api().tensor);

    test(`${title}: everything that Evaluate says`, async () => {
      const { evaluate, numbers, tensor } = api();
      const dominant = expect.dominant_eigenvector_up_to_sign;
      const reply = await evaluate({
        objective: objectiveOf(c, tensor),
        parameters: parametersOf(c).map(tensor),
        directions: [...expect.hvp.map(({ v }) => v), dominant].map(pieces),
        hessian: true,
      });
      assertClose([reply.value], [expect.loss], EXACT, 'loss');
      assertClose(reply.gradients.flatMap(numbers), expect.grad, EXACT, 'gradient');
      assert.deepEqual(reply.hessian.shape, expect.hessian.shape);
      const hessian = numbers(reply.hessian);
      assertClose(hessian, expect.hessian.data, EXACT, 'Hessian');

      const products = reply.hessianVectorProducts.map((product) =>
        ('tensors' in product ? product.tensors : product).flatMap(numbers),
      );
      assert.equal(products.length, expect.hvp.length + 1);
      expect.hvp.forEach(({ Hv }, i) => {
        assertClose(products[i] as number[], Hv, EXACT, `product ${i}`);
      });
      const stretched = dominant.map((component) => expect.dominant_eigenvalue * component);
      const atol = 1e-9 * expect.spectral_norm;
      assertClose(products.at(-1) as number[], stretched, { rtol: 1e-8, atol }, 'H v = λ v');

      const all = [...eigenvalues(Float64Array.from(hessian), n)].sort((a, b) => a - b);
      assertClose(all, expect.eigenvalues_ascending, EIGEN, 'eigenvalues');
      assertClose(all.slice(-1), [expect.lambda_max_algebraic], EIGEN, 'the greatest');
      const trace = expect.grad.reduce((sum, _, i) => sum + (hessian[i * n + i] as number), 0);
      assertClose([trace], [expect.trace], EIGEN, 'trace');
    });

    for (const method of [{}, { curvature: 'POWER', products: 1000 }])
      test(`${title}: the dominant eigenvalue by ${'curvature' in method ? 'power iteration' : 'Lanczos'}`, async () => {
        const { smoothness, tensor } = api();
        const { empirical } = await smoothness({
          objective: objectiveOf(c, tensor),
          estimate: { points: [parametersOf(c).map(tensor)], ...method },
        });
        const [visited] = empirical.visited;
        assert.ok(visited !== undefined);
        const { gradientNorm, hessianNorm, eigenvalue, residual } = visited;
        assertClose([gradientNorm], [Math.hypot(...expect.grad)], EXACT, 'norm of the gradient');
        const near = expect.gap_ratio < 0.95 ? EIGEN : { rtol: 1e-6 };
        assertClose([hessianNorm], [expect.spectral_norm], near, 'norm of the Hessian');
        if (!('curvature' in method))
          assertClose([eigenvalue], [expect.dominant_eigenvalue], EIGEN, 'eigenvalue');
        assert.ok(residual <= 1e-6 * hessianNorm, `residual ${residual}`);
      });
  }
});
