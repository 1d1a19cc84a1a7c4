import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { steps } from '../support/steps.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

type Hyper = Readonly<Record<string, unknown>>;
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
  /** What torch keeps; ASGD its average. */
  readonly state?: { readonly ax?: readonly (readonly number[])[] };
}
interface Sequence {
  readonly params0: readonly Numbers[];
  readonly grads: readonly (readonly number[])[];
}
interface File {
  readonly cases: readonly Case[];
  readonly sequences: Readonly<Record<string, Sequence>>;
}

function clippingOf({ kind, max_norm, norm_type, eps, clip_value }: Clip): object {
  if (kind === 'none') return { none: {} };
  if (kind === 'value') return { value: { threshold: clip_value } };
  return { globalNorm: { threshold: max_norm, norm: norm_type, epsilon: eps } };
}

/** Our kind for each class of torch.optim. */
const KINDS: Readonly<Record<string, string>> = {
  SGD: 'sgd',
  Adam: 'adam',
  AdamW: 'adamW',
  NAdam: 'nAdam',
  RAdam: 'rAdam',
  Adamax: 'adamax',
  RMSprop: 'rmsprop',
  Adagrad: 'adagrad',
  Adadelta: 'adadelta',
  Adafactor: 'adafactor',
  ASGD: 'asgd',
  Rprop: 'rprop',
};

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** PyTorch's arguments under our names: camelCase, `lr` in full, and Adafactor's pair of epsilons one by one. */
function optimizerOf({ optimizer, hyper }: Case): object {
  const { lr: learningRate, ...others } = hyper;
  const rest: Record<string, unknown> = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [camelCase(name), value]),
  );
  if (optimizer === 'Adafactor') {
    const [eps1, eps2] = rest['eps'] as [number | null, number];
    delete rest['eps'];
    Object.assign(rest, eps1 === null ? { eps2 } : { eps1, eps2 });
  }
  return { [KINDS[optimizer] as string]: { learningRate, ...rest } };
}

async function replay(api: Transport, file: File, c: Case): Promise<void> {
  const { params0, grads } = file.sequences[c.sequence] as Sequence;
  let t = 0;
  const rules = { clipping: clippingOf(c.clip), optimizer: optimizerOf(c) };
  for await (const { flat, reply } of steps(api, params0, grads, rules)) {
    assertClose(flat, c.params[t] ?? [], { rtol: 1e-11, atol: 1e-13 }, `${c.id} step ${t + 1}`);
    const average = c.state?.ax?.[t];
    if (average !== undefined)
      assertClose(
        reply.evaluationParameters?.flatMap(api.numbers) ?? [],
        average,
        { rtol: 1e-11, atol: 1e-13 },
        `${c.id} average ${t + 1}`,
      );
    const norm = c.total_norms?.[t];
    if (norm !== undefined && norm !== null)
      assertClose([reply.reports[0]?.norm ?? Number.NaN], [norm], { rtol: 1e-11 }, `${c.id} norm ${t + 1}`);
    assert.equal(reply.metrics.step, ++t);
  }
  assert.equal(t, 20);
}

for (const [name, counts] of Object.entries({
  optim_sgd: { SGD: 20 },
  optim_adam: { Adam: 16, AdamW: 10, NAdam: 10, RAdam: 12, Adamax: 8 },
  optim_other: { RMSprop: 14, Adagrad: 10, Adadelta: 8, ASGD: 8, Rprop: 8, Adafactor: 10 },
})) {
  const file = readGolden<File>(name);
  for (const [kind, count] of Object.entries(counts)) {
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
}
