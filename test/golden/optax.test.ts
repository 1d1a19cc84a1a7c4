import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, unflat } from '../support/golden.js';
import { type Hyper, optimizerOf } from '../support/optax.js';
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
}
interface File {
  readonly cases: readonly Case[];
  readonly shapes: readonly (readonly number[])[];
  readonly sequences: Readonly<
    Record<string, { readonly params0: readonly Numbers[]; readonly grads: readonly (readonly number[])[] }>
  >;
}

const clippingOf = ({ kind, max_norm }: Case['clip']): object =>
  kind === 'none' ? { none: {} } : { globalNorm: { threshold: max_norm } };

/** Every step through the API, the parameters and the state of the reply being those of the next request. */
async function replay({ step, tensor, numbers }: Transport, file: File, c: Case): Promise<void> {
  const { params0, grads } = file.sequences[c.sequence] as File['sequences'][string];
  const tolerance = c.float32_inside ? { rtol: 1e-5, atol: 1e-6 } : { rtol: 1e-9, atol: 1e-12 };
  let parameters = params0;
  let state: unknown;
  for (const [t, gradient] of grads.entries()) {
    const reply = await step({
      parameters: parameters.map(tensor),
      gradients: unflat(gradient, file.shapes).map(tensor),
      clipping: clippingOf(c.clip),
      optimizer: optimizerOf(c.optimizer, c.hyper),
      ...(state !== undefined && { state }),
    });
    const flat = reply.parameters.flatMap((p) => numbers(p));
    assertClose(flat, c.params[t] ?? [], tolerance, `${c.id} step ${t + 1}`);
    parameters = unflat(flat, file.shapes);
    state = reply.state;
  }
}

for (const [name, count, steps] of [
  ['optim_optax', 94, 20],
  ['optim_optax_more', 53, 8],
] as const) {
  const file = readGolden<File>(name);
  overBoth(`GradientStep follows Optax step by step (${name})`, (api) => {
    for (const c of file.cases)
      test(`${c.id}: ${c.optimizer} ${JSON.stringify(c.hyper)}, clipped ${JSON.stringify(c.clip)}`, () =>
        replay(api(), file, c));
    test(`in all of its ${count} cases`, () => {
      assert.equal(file.cases.length, count);
      for (const { params } of file.cases) assert.equal(params.length, steps);
    });
  });
}
