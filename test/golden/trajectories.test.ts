import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';
import { column, type Transport } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly function: string;
  readonly dim: number;
  readonly data: FunctionData;
  readonly x0: readonly number[];
  readonly method: string;
  readonly gamma: number;
  readonly c: number;
  readonly iterations: number;
  readonly diverged_at: number | null;
  readonly k: readonly number[];
  readonly x: readonly (readonly number[])[];
  readonly f: readonly number[];
  readonly grad_norm: readonly number[];
  readonly clipped: readonly number[];
  readonly rtol: number;
}

const METHODS: Readonly<Record<string, (c: number) => object>> = {
  gd: () => ({ none: {} }),
  clipped_gd: (threshold) => ({ globalNorm: { threshold } }),
  clip_value_gd: (threshold) => ({ value: { threshold } }),
};
const cases = ['trajectories_gd', 'trajectories_other']
  .flatMap((file) => readGolden<{ cases: readonly Case[] }>(file).cases)
  .filter((c) => c.method in METHODS && testFunctionOf(c.function, c.data, (t) => t) !== null);

const run = ({ run, tensor }: Transport, c: Case, maxIterations: number, trace: boolean) =>
  run({
    objective: testFunctionOf(c.function, c.data, tensor),
    start: [tensor({ shape: [c.dim], data: c.x0 })],
    clipping: METHODS[c.method]?.(c.c),
    optimizer: { sgd: { learningRate: c.gamma } },
    budget: { maxIterations },
    metrics: { trace },
  });

/** Updates made: a run also ends where the value overflows, which can be an iterate before the gradient does. */
function updatesOf({ f, diverged_at, iterations }: Case): number {
  const overflow = f.findIndex((value) => !Number.isFinite(value));
  return Math.min(overflow === -1 ? iterations : overflow, diverged_at ?? iterations);
}

const titleOf = (c: Case): string =>
  `${c.id}: ${c.method} on ${c.function} in ${c.dim} dimension(s), step ${c.gamma}`;

overBoth('FullRun follows the exact trajectory', (api) => {
  for (const c of cases) {
    test(`${titleOf(c)}: every value, every gradient norm, every clipped step`, async () => {
      const { result, trace } = await run(api(), c, c.iterations, true);
      const end = updatesOf(c);
      assert.equal(result.reason, c.diverged_at === null ? 'MAX_ITERATIONS' : 'DIVERGED');
      assert.equal(result.iterations, end);
      const tolerance = { rtol: 10 * c.rtol, atol: 1e-10 * Math.max(1, Math.abs(c.f[0] as number)) };
      const [values, norms, scales] = ['value', 'gradientNorm', 'scale'].map((name) => column(trace, name));
      assert.equal(values?.length, end + 1);
      assertClose(values?.slice(0, c.f.length) ?? [], c.f, tolerance, 'value');
      assertClose(norms?.slice(0, c.grad_norm.length) ?? [], c.grad_norm, tolerance, 'gradient norm');
      const clipped = scales?.slice(0, c.clipped.length).map((scale) => (scale < 1 ? 1 : 0));
      assert.deepEqual(clipped, c.clipped);
    });

    test(`${titleOf(c)}: x after each stored number of updates`, async () => {
      for (const [row, k] of c.k.entries()) {
        if (k > updatesOf(c)) continue;
        const { result } = await run(api(), c, k, false);
        const x = c.x[row] as readonly number[];
        const atol = c.rtol * Math.max(1e-3, ...x.map(Math.abs));
        assert.equal(result.iterations, k);
        assertClose(result.parameters.flatMap(api().numbers), x, { rtol: 0, atol }, `x after ${k}`);
      }
    });
  }

  test('in all of the cases of today’s kinds', () => {
    assert.equal(cases.length, 62);
  });
});
