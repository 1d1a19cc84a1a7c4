import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';

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

const { cases } = readGolden<{ cases: readonly Case[] }>('smoothness');

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
      const line = fits.find(({ of }) => of === 'HESSIAN')?.regression;
      const wanted = [slope_L1, intercept_L0, ...(pearson === null ? [] : [pearson])];
      const found = [line?.l1, line?.l0, ...(pearson === null ? [] : [line?.pearson])] as number[];
      assertClose(found, wanted, { rtol: 1e-7, atol: 1e-10 }, 'the line');
    });
});
