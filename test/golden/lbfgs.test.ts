import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { type FunctionData, testFunctionOf } from '../support/test-functions.js';
import type { Transport } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly function: string;
  readonly data: FunctionData;
  readonly x0: readonly number[];
  readonly hyper: Readonly<Record<string, number | string | null>>;
  /** What torch.optim.LBFGS has after each .step(); its counts go on. */
  readonly steps: readonly {
    readonly x: readonly number[];
    readonly loss_after: number;
    readonly func_evals: number;
  }[];
}

const { cases } = readGolden<{ readonly cases: readonly Case[] }>('optim_lbfgs');

function optimizerOf({ lr, ...others }: Case['hyper']): object {
  const rest = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      name === 'line_search_fn' ? (value === null ? 'none' : 'strongWolfe') : value,
    ]),
  );
  return { lbfgs: { learningRate: lr, ...rest } };
}

/** A run of n iterations for every n: each iteration is one .step() of PyTorch. */
async function follow({ run, tensor, numbers }: Transport, c: Case): Promise<void> {
  for (const [i, step] of c.steps.entries()) {
    const { result } = await run({
      objective: testFunctionOf(c.function, c.data, tensor),
      start: [tensor({ shape: [c.x0.length], data: [...c.x0] })],
      optimizer: optimizerOf(c.hyper),
      budget: { maxIterations: i + 1 },
    });
    const scale = Math.max(1e-3, ...step.x.map(Math.abs));
    const tolerance = i < 4 ? 1e-9 : 1e-6;
    const what = `${c.id} step ${i + 1}`;
    assertClose(numbers(result.parameters[0]), step.x, { rtol: 0, atol: tolerance * scale }, what);
    assertClose([result.value], [step.loss_after], { rtol: tolerance, atol: tolerance }, `${what}, f`);
    // The run evaluates once more, at its end.
    assert.equal(result.evaluations, step.func_evals + 1, `${what}: evaluations`);
  }
}

overBoth('FullRun with lbfgs follows torch.optim.LBFGS', (api) => {
  const known = cases.filter((c) => testFunctionOf(c.function, c.data, (t) => t) !== null);
  for (const c of known)
    test(`${c.id}: ${c.function}, ${JSON.stringify(c.hyper)}`, () => follow(api(), c));
  test('on quadratic and Rosenbrock functions at least', () => {
    assert.ok(known.length >= 8);
  });
});
