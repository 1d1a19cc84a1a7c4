import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';

type Tensors = readonly Numbers[];
interface Answer {
  readonly norm: number;
  readonly out: Tensors;
}
interface Case {
  readonly id: string;
  readonly note?: string;
  readonly tensors: Tensors;
  readonly max_norm: number;
  readonly norm_type: number;
  readonly expect: {
    readonly exact?: Answer;
    readonly torch: Answer | { readonly error: string };
    readonly torch_error_if_nonfinite: { readonly raises: boolean };
    readonly optax?: Answer;
  };
}
interface KerasCase {
  readonly id: string;
  readonly from: string;
  readonly tensors: Tensors;
  readonly threshold: number;
  readonly expect: Readonly<Record<'clipnorm' | 'global_clipnorm' | 'clipvalue', Tensors>>;
}
interface Float32Case extends Case {
  readonly dtypes: readonly string[];
}

const PEER = { rtol: 1e-12 };
const title = ({ id, note }: { id: string; note?: string }): string =>
  `${id}${note === undefined ? '' : ` (${note})`}`;
const cases = ['clip_global', 'clip_edge'].flatMap(
  (file) => readGolden<{ cases: readonly Case[] }>(file).cases,
);
/** The service refuses other thresholds. */
const lawful = (threshold: number): boolean => threshold >= 0;

const torch = cases.filter(({ max_norm }) => lawful(max_norm));
/** XLA and TensorFlow on a CPU take subnormal numbers for 0, whether they come in or arise from a square. */
const isSubnormal = (v: number): boolean => v !== 0 && Math.abs(v) < 2.2250738585072014e-308;
const flushes = (tensors: Tensors, c: number): boolean =>
  [c, ...flat(tensors).flatMap((v) => [v, v * v, v * c])].some(isSubnormal);
const optax = cases.filter(
  ({ tensors, max_norm, expect }) =>
    expect.optax !== undefined && lawful(max_norm) && !flushes(tensors, max_norm),
);
const lecture = cases.filter(({ norm_type: p, expect }) => p === 2 && expect.exact !== undefined);

const KINDS = { clipnorm: 'clipNorm', global_clipnorm: 'globalClipNorm', clipvalue: 'clipValue' } as const;
const keras = readGolden<{ cases: readonly KerasCase[] }>('clip_keras').cases.filter(({ threshold }) =>
  lawful(threshold),
);
const kerasCases = (mode: keyof typeof KINDS): readonly KerasCase[] =>
  keras.filter(({ tensors, threshold }) =>
    mode === 'clipvalue'
      ? ![threshold, ...flat(tensors)].some(isSubnormal)
      : !flushes(tensors, Number.isFinite(threshold) ? threshold : 1),
  );

/** Squares that are no ordinary float32: there PyTorch and Optax give up, the presets compute in double precision. */
const ordinary = ({ tensors }: Case): boolean =>
  flat(tensors).every((v) => v === 0 || (Math.abs(v) > 1e-18 && Math.abs(v) < 1e18));
const float32 = readGolden<{ cases: readonly Float32Case[] }>('clip_f32').cases.filter(
  (c) => c.dtypes.every((dtype) => /^float(32|64)$/.test(dtype)) && ordinary(c),
);

test('the files hold the cases that they are known to hold', () => {
  const modes = Object.keys(KINDS) as (keyof typeof KINDS)[];
  const counts = [torch, optax, lecture, ...modes.map(kerasCases), float32];
  assert.deepEqual(
    counts.map(({ length }) => length),
    [109, 70, 63, 52, 52, 54, 3],
  );
});

overBoth('the presets', (api) => {
  async function clip(tensors: Tensors, clipping: object) {
    const gradients = tensors.map(api().tensor);
    const { gradients: clipped, reports } = await api().clip({
      gradients,
      clipping,
      nonFinite: 'PROPAGATE',
    });
    return { out: clipped.flatMap(api().numbers), norm: reports[0]?.norm ?? Number.NaN };
  }
  function assertAnswer(actual: Awaited<ReturnType<typeof clip>>, { norm, out }: Answer, id: string): void {
    assertClose(actual.out, flat(out), PEER, id);
    assertClose([actual.norm], [norm], PEER, `${id}, norm`);
  }

  for (const c of torch) {
    const rule = { threshold: c.max_norm, norm: c.norm_type };
    test(`torch, ${title(c)}, order ${c.norm_type}`, async () => {
      const reply = clip(c.tensors, { torch: rule });
      if ('error' in c.expect.torch) await assert.rejects(reply, /empty tensor/);
      else assertAnswer(await reply, c.expect.torch, c.id);
    });
    test(`torch with errorIfNonfinite, ${title(c)}, order ${c.norm_type}`, async () => {
      const reply = clip(c.tensors, { torch: { ...rule, errorIfNonfinite: true } });
      if (c.expect.torch_error_if_nonfinite.raises)
        await assert.rejects(reply, /gradients have (the norm (NaN|Infinity)|an empty tensor)/);
      else assertAnswer(await reply, c.expect.torch as Answer, c.id);
    });
  }

  for (const c of optax)
    test(`optax, ${title(c)}`, async () => {
      const reply = await clip(c.tensors, { optax: { threshold: c.max_norm } });
      assertAnswer(reply, c.expect.optax as Answer, c.id);
    });

  for (const c of lecture)
    test(`lecture, ${title(c)}, is globalNorm`, async () => {
      const reply = await clip(c.tensors, { lecture: { threshold: c.max_norm } });
      assert.deepEqual(reply, await clip(c.tensors, { globalNorm: { threshold: c.max_norm } }));
      assertClose([reply.norm], [(c.expect.exact as Answer).norm], { rtol: 4e-14, atol: 5e-324 }, c.id);
    });

  for (const [mode, parameter] of Object.entries(KINDS) as [keyof typeof KINDS, string][])
    for (const { id, from, tensors, threshold, expect } of kerasCases(mode))
      test(`keras with ${parameter}, ${id} (from ${from})`, async () => {
        const { out } = await clip(tensors, { keras: { [parameter]: threshold } });
        assertClose(out, flat(expect[mode]), PEER, id);
      });

  for (const { dtypes, ...c } of float32) {
    const typed = c.tensors.map((t, i) => ({ ...t, dtype: dtypes[i] as 'float32' | 'float64' }));
    for (const [kind, rule] of [
      ['torch', { torch: { threshold: c.max_norm } }],
      ['optax', { optax: { threshold: c.max_norm } }],
    ] as const)
      test(`${kind} with float32 tensors, ${title(c)}`, async () => {
        const { out } = await clip(typed, rule);
        assertClose(out, flat((c.expect[kind] as Answer).out), { rtol: 2.4e-7 }, c.id);
      });
  }
});
