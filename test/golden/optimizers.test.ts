import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, unflat } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface Hyper {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly nesterov: boolean;
  readonly weight_decay: number;
  readonly maximize: boolean;
  readonly betas: readonly number[];
  readonly eps: number;
  readonly amsgrad: boolean;
}
interface Clip {
  readonly kind: 'none' | 'norm_torch' | 'norm_exact' | 'value';
  readonly max_norm?: number;
  readonly norm_type?: number;
  readonly eps?: number;
  readonly clip_value?: number;
}
interface Case {
  readonly id: string;
  readonly optimizer: string;
  readonly hyper: Hyper;
  readonly sequence: string;
  readonly clip: Clip;
  readonly params: readonly (readonly number[])[];
  /** Before clipping; absent without norm clipping. */
  readonly total_norms?: readonly number[];
}
interface Sequence {
  readonly params0: readonly Numbers[];
  readonly grads: readonly (readonly number[])[];
}
interface File {
  readonly cases: readonly Case[];
  readonly shapes: readonly (readonly number[])[];
  readonly sequences: Readonly<Record<string, Sequence>>;
}

function clippingOf({ kind, max_norm, norm_type, eps, clip_value }: Clip): object {
  if (kind === 'none') return { none: {} };
  if (kind === 'value') return { value: { threshold: clip_value } };
  return { globalNorm: { threshold: max_norm, norm: norm_type, epsilon: eps } };
}

function optimizerOf({ optimizer, hyper }: Case): object {
  const { lr: learningRate, weight_decay: weightDecay, maximize } = hyper;
  const { momentum, dampening, nesterov, betas, eps, amsgrad } = hyper;
  return optimizer === 'SGD'
    ? { sgd: { learningRate, momentum, dampening, nesterov, weightDecay, maximize } }
    : { adam: { learningRate, betas, eps, weightDecay, amsgrad, maximize } };
}

/** Every step through the API, the parameters and the state of the reply being those of the next request. */
async function replay({ step, tensor, numbers }: Transport, file: File, c: Case): Promise<void> {
  const { params0, grads } = file.sequences[c.sequence] as Sequence;
  let parameters = params0;
  let state: unknown;
  for (const [t, gradient] of grads.entries()) {
    const reply = await step({
      parameters: parameters.map(tensor),
      gradients: unflat(gradient, file.shapes).map(tensor),
      clipping: clippingOf(c.clip),
      optimizer: optimizerOf(c),
      ...(state !== undefined && { state }),
    });
    const flat = reply.parameters.flatMap((p) => numbers(p));
    assertClose(flat, c.params[t] ?? [], { rtol: 1e-11, atol: 1e-13 }, `${c.id} step ${t + 1}`);
    assert.equal(reply.metrics.step, t + 1);
    const norm = c.total_norms?.[t];
    if (norm !== undefined && norm !== null)
      assertClose([reply.reports[0]?.norm ?? Number.NaN], [norm], { rtol: 1e-11 }, `${c.id} norm ${t + 1}`);
    parameters = unflat(flat, file.shapes);
    state = reply.state;
  }
  assert.equal(grads.length, 20);
}

for (const [name, kind, count] of [
  ['optim_sgd', 'SGD', 20],
  ['optim_adam', 'Adam', 16],
] as const) {
  const file = readGolden<File>(name);
  const cases = file.cases.filter(({ optimizer }) => optimizer === kind);
  overBoth(`GradientStep follows torch.optim.${kind} step by step`, (api) => {
    for (const c of cases)
      test(`${c.id}: ${JSON.stringify(c.hyper)}, clipped ${JSON.stringify(c.clip)}`, () =>
        replay(api(), file, c));
    test(`in all of its ${count} cases`, () => {
      assert.equal(cases.length, count);
    });
  });
}
