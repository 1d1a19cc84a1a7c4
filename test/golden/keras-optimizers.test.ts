import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden } from '../support/golden.js';
import { steps } from '../support/steps.js';
import type { Numbers } from '../support/tensors.js';

type Hyper = Readonly<Record<string, number | boolean>>;
interface Row {
  readonly id: string;
  readonly optimizer: string;
  readonly hyper: Hyper;
  readonly clip: Readonly<Record<string, number>>;
  readonly params: readonly (readonly number[])[];
}
interface File {
  readonly optimizers: readonly Row[];
  readonly sequences: Readonly<
    Record<string, { readonly params0: readonly Numbers[]; readonly grads: readonly (readonly number[])[] }>
  >;
}

/**
 * Our kind with Keras' defaults. Where Keras has its epsilon inside the root or before the correction of the bias, ours
 * stands outside and after it; at 1e-7 that is far below the tolerance. Its weight decay is decoupled everywhere.
 */
const KINDS: Readonly<Record<string, readonly [kind: string, defaults: object]>> = {
  'keras.SGD': ['sgd', { decoupledWeightDecay: true }],
  'keras.Adam': ['adam', { eps: 1e-7 }],
  'keras.AdamW': ['adamW', { eps: 1e-7 }],
  'keras.RMSprop': ['rmsprop', { alpha: 0.9, eps: 1e-7 }],
  'keras.Adagrad': ['adagrad', { initialAccumulatorValue: 0.1, eps: 1e-7 }],
  'keras.Adadelta': ['adadelta', { rho: 0.95, eps: 1e-7 }],
  'keras.Adamax': ['adamax', { eps: 1e-7 }],
  'keras.Nadam': ['nAdam', { eps: 1e-7, momentumDecay: 1 }],
  'keras.Lion': ['lion', { weightDecay: 0 }],
  'keras.Lamb': ['lamb', { eps: 1e-7 }],
  'keras.Ftrl': ['ftrl', {}],
};

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const optimizerOf = ([kind, defaults]: readonly [string, object], hyper: Hyper): object => ({
  [kind]: {
    ...defaults,
    ...Object.fromEntries(Object.entries(hyper).map(([name, value]) => [camelCase(name), value])),
  },
});

function clippingOf({ global_clipnorm, clipnorm, clipvalue }: Row['clip']): object {
  if (global_clipnorm !== undefined) return { globalNorm: { threshold: global_clipnorm } };
  if (clipnorm !== undefined) return { perTensorNorm: { threshold: clipnorm } };
  return clipvalue === undefined ? { none: {} } : { value: { threshold: clipvalue } };
}

const { optimizers, sequences } = readGolden<File>('clip_keras');
const TOLERANCE = { rtol: 2e-5, atol: 3e-5 };

overBoth('GradientStep follows the optimizers of Keras', (api) => {
  const rows = optimizers.filter(({ optimizer }) => optimizer in KINDS);
  for (const { id, optimizer, hyper, clip, params } of rows)
    test(`${id}: ${optimizer} ${JSON.stringify({ ...hyper, ...clip })}`, async () => {
      const { params0, grads } = sequences['spiky'] as File['sequences'][string];
      const rules = {
        clipping: clippingOf(clip),
        optimizer: optimizerOf(KINDS[optimizer] as readonly [string, object], hyper),
      };
      let t = 0;
      for await (const { flat } of steps(api(), params0, grads, rules))
        assertClose(flat, params[t++] ?? [], TOLERANCE, `${id} step ${t}`);
      assert.equal(t, 20);
    });
  test('in all rows', () => {
    assert.equal(rows.length, optimizers.length);
    assert.equal(rows.length, 48);
  });
});
