import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { type Hyper, optimizerOf } from '../support/optax.js';
import { steps } from '../support/steps.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly optimizer: string;
  readonly hyper: Hyper;
  readonly clip: { readonly kind: string; readonly max_norm?: number };
  readonly sequence: string;
  readonly float32_inside: boolean;
  readonly params: readonly (readonly number[])[];
  /** Of the schedule-free optimizers: the average. */
  readonly eval_params?: readonly (readonly number[])[];
}
interface File {
  readonly cases: readonly Case[];
  readonly sequences: Readonly<
    Record<string, { readonly params0: readonly Numbers[]; readonly grads: readonly (readonly number[])[] }>
  >;
}

const clippingOf = ({ kind, max_norm }: Case['clip']): object =>
  kind === 'none' ? { none: {} } : { globalNorm: { threshold: max_norm } };

async function replay(api: Transport, file: File, c: Case): Promise<void> {
  const { params0, grads } = file.sequences[c.sequence] as File['sequences'][string];
  const tolerance = c.float32_inside ? { rtol: 1e-5, atol: 1e-6 } : { rtol: 1e-9, atol: 1e-12 };
  const rules = { clipping: clippingOf(c.clip), optimizer: optimizerOf(c.optimizer, c.hyper) };
  let t = 0;
  for await (const { flat, reply } of steps(api, params0, grads, rules)) {
    assertClose(flat, c.params[t] ?? [], tolerance, `${c.id} step ${t + 1}`);
    if (c.eval_params !== undefined) {
      const average = reply.evaluationParameters?.flatMap(api.numbers) ?? [];
      assertClose(average, c.eval_params[t] ?? [], tolerance, `${c.id} average ${t + 1}`);
    }
    t++;
  }
  assert.equal(t, c.params.length);
}

for (const [name, count, length, averages] of [
  ['optim_optax', 94, 20, 2],
  ['optim_optax_more', 53, 8, 0],
] as const) {
  const file = readGolden<File>(name);
  overBoth(`GradientStep follows Optax step by step (${name})`, (api) => {
    for (const c of file.cases)
      test(`${c.id}: ${c.optimizer} ${JSON.stringify(c.hyper)}, clipped ${JSON.stringify(c.clip)}`, () =>
        replay(api(), file, c));
    test(`in all of its ${count} cases`, () => {
      assert.equal(file.cases.length, count);
      for (const { params } of file.cases) assert.equal(params.length, length);
      const averaged = file.cases.filter(({ eval_params }) => eval_params !== undefined);
      assert.equal(averaged.length, averages);
    });
  });
}
