import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';
import type { Transport } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly function: string;
  readonly dim: number;
  readonly data: FunctionData;
  readonly x0: readonly number[];
  readonly gamma: number;
  readonly c: number;
  readonly alphas: readonly number[];
  readonly steps: readonly {
    readonly x: readonly number[];
    readonly grad_norm: number;
    readonly hessian_norm: number;
    readonly path_L: readonly number[];
    readonly path_L_max: number;
  }[];
  readonly ols_hessian_on_grad: {
    readonly slope_L1: number;
    readonly intercept_L0: number;
    readonly pearson: number | null;
  };
}

const { cases, facts } = readGolden<{
  cases: readonly Case[];
  facts: readonly { readonly function: string }[];
}>('smoothness');

overBoth('curvature along clipped descent', (transport) => {
  for (const one of cases)
    test(`${one.id} ${one.function}`, async () => {
      const { tensor, smoothness } = transport();
      const reply = await smoothness({
        objective: testFunctionOf(one.function, one.data, tensor),
        estimate: {
          run: {
            start: [tensor({ shape: [one.dim], data: one.x0 })],
            clipping: { globalNorm: { threshold: one.c } },
            optimizer: { sgd: { learningRate: one.gamma } },
            iterations: one.steps.length,
          },
          fractions: one.alphas,
        },
      });
      const { visited, fits } = reply.empirical;
      assert.equal(visited.length, one.steps.length);
      one.steps.forEach((step, k) => {
        const got = visited[k] as (typeof visited)[0];
        const next = one.steps[k + 1]?.x;
        const length = next === undefined ? 0 : Math.hypot(...next.map((v, i) => v - (step.x[i] as number)));
        const rtol = length < 1e-4 ? 1e-6 : 1e-8;
        const norms = [got.gradientNorm, got.hessianNorm];
        assertClose(norms, [step.grad_norm, step.hessian_norm], { rtol: 1e-8, atol: 1e-10 }, `norms of ${k}`);
        assertClose(got.secants, step.path_L, { rtol, atol: 1e-10 }, `secants of ${k}`);
        assertClose([got.secant], [step.path_L_max], { rtol, atol: 1e-10 }, `the greatest of ${k}`);
      });
      const { slope_L1, intercept_L0, pearson } = one.ols_hessian_on_grad;
      // The rows are the iterates: asked about as points they have the same norms.
      const points = one.steps.map(({ x }) => [tensor({ shape: [one.dim], data: x })]);
      const objective = testFunctionOf(one.function, one.data, tensor);
      const asked = await smoothness({ objective, estimate: { points, fractions: one.alphas, curvature: 'POWER', products: 1000 } });
      asked.empirical.visited.forEach(({ gradientNorm, hessianNorm }, k) => {
        const { grad_norm, hessian_norm } = one.steps[k] as Case['steps'][0];
        assertClose([gradientNorm], [grad_norm], { rtol: 1e-8, atol: 1e-10 }, `gradient at ${k}`);
        assertClose([hessianNorm], [hessian_norm], { rtol: 1e-6, atol: 1e-10 }, `power iteration at ${k}`);
      });
      const line = fits.find(({ of }) => of === 'HESSIAN')?.regression;
      const wanted = [slope_L1, intercept_L0, ...(pearson === null ? [] : [pearson])];
      const found = [line?.l1, line?.l0, ...(pearson === null ? [] : [line?.pearson])] as number[];
      assertClose(found, wanted, { rtol: 1e-7, atol: 1e-10 }, 'the line');
    });
});

/** Each statement of the file about constants that hold everywhere, by the name that it is about. */
const CLAIMS: Readonly<Record<string, (transport: Transport) => Promise<void>>> = {
  async 'power3 (d=1)'({ smoothness }) {
    const { certificate } = await smoothness({ objective: { cubic: {} }, certificate: { l1: [2, 0.5, 6] } });
    for (const { l0, l1 } of certificate.frontier) assertClose([l0 * l1], [3], { rtol: 1e-8 }, 'L0 L1');
  },
  async 'power4 (d=1)'({ smoothness }) {
    const { certificate } = await smoothness({ objective: { quartic: {} }, certificate: { l1: [0.5, 2, 7] } });
    for (const { l0, l1, at } of certificate.frontier) {
      assertClose([l0], [16 / (l1 * l1)], { rtol: 1e-8 }, 'L0');
      assertClose([Math.abs(at as number)], [2 / l1], { rtol: 1e-8 }, 'where');
    }
  },
  async 'exp (d=1)'({ smoothness }) {
    const { certificate } = await smoothness({ objective: { exponential: {} }, certificate: { l1: [1] } });
    assert.equal(certificate.frontier[0]?.l0, 0);
  },
  async power2({ smoothness }) {
    const objective = { polynomial: { coefficients: [0, 0, 1] } };
    const { certificate } = await smoothness({ objective, certificate: { l1: [0], threshold: 1 } });
    assertClose([certificate.frontier[0]?.l0 as number, certificate.best.l1], [2, 0], { rtol: 1e-8 }, '(2, 0)');
  },
  async 'x^2 y^2'({ smoothness, tensor }) {
    // Half of it.
    const objective = { matrixFactorization: { matrix: tensor({ shape: [1, 1], data: [0] }) } };
    const { witness } = await smoothness({ objective, witness: { along: [3, 50] } });
    for (const { t, gradientNorm, hessianNorm } of witness.points) {
      assert.equal(gradientNorm, 0);
      assertClose([2 * hessianNorm], [2 * t * t], { rtol: 1e-8 }, '‖∇²f‖');
    }
  },
  async rosenbrock({ smoothness, tensor }) {
    const points = [10, 100].map((x) => [tensor({ shape: [2], data: [x, x * x] })]);
    const { empirical } = await smoothness({ objective: { rosenbrock: {} }, estimate: { points } });
    empirical.visited.forEach(({ gradientNorm, hessianNorm }, i) => {
      const x = 10 ** (i + 1);
      assertClose([gradientNorm], [2 * (x - 1)], { rtol: 1e-8 }, '‖∇f‖');
      assertClose([hessianNorm], [800 * x * x], { rtol: 0.3 / x }, '‖∇²f‖');
    });
    await assert.rejects(smoothness({ objective: { rosenbrock: {} }, certificate: { l1: [1] } }), /not \(L0, L1\)/);
  },
};

overBoth('constants that hold everywhere, or do not', (transport) => {
  for (const { function: name } of facts)
    test(name, async () => {
      const claim = CLAIMS[name];
      assert.ok(claim !== undefined, `nothing here checks ${name}`);
      await claim(transport());
    });
});
