import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden, type Tolerance } from '../support/golden.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface Out {
  readonly out: readonly Numbers[];
  readonly norm: number;
  readonly norms: readonly number[];
}
interface Case {
  readonly id: string;
  readonly note?: string;
  readonly tensors: readonly Numbers[];
}
interface OtherCase extends Case {
  readonly op: string;
  readonly max_norm: number;
  readonly clip_value: number;
  readonly expect: { readonly exact?: Out; readonly torch: Out };
}
interface KerasCase extends Case {
  readonly from: string;
  readonly threshold: number;
  readonly expect: Readonly<Record<'clipnorm' | 'global_clipnorm' | 'clipvalue', readonly Numbers[]>>;
}
/** About two units in the last place. */
const ROUNDING = { float32: 2.4e-7, float16: 2e-3, bfloat16: 1.6e-2 };
interface NarrowCase extends Case {
  readonly dtypes: readonly (keyof typeof ROUNDING)[];
  readonly max_norm: number;
  readonly expect: { readonly exact: Out };
}

async function clipped({ clip, tensor, numbers }: Transport, tensors: readonly Numbers[], clipping: object) {
  const reply = await clip({ gradients: tensors.map(tensor), clipping, nonFinite: 'PROPAGATE' });
  return { ...reply, out: reply.gradients.flatMap((t) => numbers(t)) };
}

const other = readGolden<{ cases: readonly OtherCase[] }>('clip_other').cases;
const byValue = other.filter(({ op }) => op === 'clip_by_value');
const perTensor = other.filter(({ op }) => op === 'clip_by_norm_per_tensor');
const narrow = readGolden<{ cases: readonly NarrowCase[] }>('clip_f32').cases;
const keras = readGolden<{ cases: readonly KerasCase[] }>('clip_keras').cases;

test('the files hold the cases they are known to hold', () => {
  const counts = [byValue, perTensor, narrow, keras].map(({ length }) => length);
  assert.deepEqual(counts, [8, 4, 14, 59]);
});

overBoth('value clamps each component, and NaN stays NaN', (api) => {
  for (const { id, note, tensors, clip_value: threshold, expect } of byValue)
    test(`${id}${note === undefined ? '' : ` (${note})`}`, async () => {
      const { out } = await clipped(api(), tensors, { value: { threshold } });
      const tolerance: Tolerance = expect.exact === undefined ? { rtol: 1e-12 } : { rtol: 1e-13 };
      assertClose(out, flat((expect.exact ?? expect.torch).out), tolerance, id);
    });
});

overBoth('perTensorNorm clips each tensor alone', (api) => {
  for (const { id, tensors, max_norm: threshold, expect } of perTensor)
    test(`${id}, one report for each tensor`, async () => {
      const { out, reports } = await clipped(api(), tensors, { perTensorNorm: { threshold } });
      const exact = expect.exact as Out;
      assertClose(out, flat(exact.out), { rtol: 1e-13 }, id);
      const norms = reports.map(({ norm }) => norm);
      assertClose(norms, exact.norms, { rtol: 1e-13 }, `${id} norms`);
      assert.deepEqual(
        reports.map(({ name }) => name),
        tensors.map((_, i) => String(i)),
      );
    });
});

overBoth('float32 tensors are clipped with a norm in double precision', (api) => {
  for (const { id, note, dtypes, tensors, max_norm: threshold, expect } of narrow)
    test(`${id}, ${dtypes.join(' beside ')}${note === undefined ? '' : ` (${note})`}`, async () => {
      // Every 16-bit number is a float32.
      const typed = tensors.map((t) => ({ ...t, dtype: 'float32' as const }));
      const { gradients, reports } = await clipped(api(), typed, { globalNorm: { threshold } });
      dtypes.forEach((dtype, i) => {
        const wanted = expect.exact.out[i] as Numbers;
        const got = api().numbers(gradients[i]);
        assert.equal(gradients[i]?.dtype, 'float32');
        assertClose(got, wanted.data, { rtol: ROUNDING[dtype] }, `${id} ${dtype}`);
      });
      assertClose([reports[0]?.norm ?? Number.NaN], [expect.exact.norm], { rtol: 2.4e-7 }, `${id} norm`);
    });

  test('a float32 tensor beside a float64 tensor keeps its type, and both count in the norm', async () => {
    const mixed: Numbers[] = [
      { shape: [1], data: [3], dtype: 'float32' },
      { shape: [1], data: [4], dtype: 'float64' },
    ];
    const { out, gradients, reports } = await clipped(api(), mixed, { globalNorm: { threshold: 1 } });
    assert.deepEqual(
      gradients.map(({ dtype }) => dtype),
      ['float32', 'float64'],
    );
    assert.equal(reports[0]?.norm, 5);
    assertClose(out, [Math.fround(3 * 0.2), 4 * 0.2], { rtol: 1e-15 }, 'mixed');
  });
});

/**
 * TensorFlow squares without scaling and flushes subnormals, so Keras is right only where squares neither
 * overflow nor underflow; and it reads a threshold that is not > 0 as none.
 */
const RULES = {
  clipnorm: 'perTensorNorm',
  global_clipnorm: 'globalNorm',
  clipvalue: 'value',
} as const;
const squaresAreOrdinary = ({ tensors }: Case): boolean =>
  flat(tensors).every((v) => v === 0 || (Math.abs(v) > 1e-150 && Math.abs(v) < 1e150));
const isNormal = (v: number): boolean => v === 0 || Math.abs(v) >= 2.3e-308;
const comparable = (c: KerasCase, rule: keyof typeof RULES): boolean => {
  if (!(c.threshold > 0 && Number.isFinite(c.threshold))) return false;
  const data = flat(c.tensors);
  return data.every(Number.isFinite) && (rule === 'clipvalue' ? data.every(isNormal) : squaresAreOrdinary(c));
};

overBoth('Keras gives the same', (api) => {
  for (const [mode, rule] of Object.entries(RULES) as [keyof typeof RULES, string][])
    for (const c of keras.filter((candidate) => comparable(candidate, mode)))
      test(`${c.id} (from ${c.from}) with ${mode}`, async () => {
        const { out } = await clipped(api(), c.tensors, { [rule]: { threshold: c.threshold } });
        assertClose(out, flat(c.expect[mode]), { rtol: 1e-12 }, c.id);
      });

  test('wherever its own arithmetic holds, and that is on as many cases as before', () => {
    const count = (mode: keyof typeof RULES) => keras.filter((c) => comparable(c, mode)).length;
    assert.deepEqual([count('clipnorm'), count('global_clipnorm'), count('clipvalue')], [21, 21, 39]);
  });
});
