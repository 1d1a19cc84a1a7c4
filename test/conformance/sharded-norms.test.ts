import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { NonFinite } from '../../src/core/clip-gradients.js';
import { clipping } from '../../src/core/clipping/index.js';
import { compute } from '../../src/core/computations.js';
import { normOf } from '../../src/core/kernels/norm-parts.js';
import type { NormPartial } from '../../src/core/partial-norm.js';
import type { Spec } from '../../src/core/plugin.js';
import type { Tensor } from '../../src/core/tensor.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { overBoth } from '../support/both.js';
import { anyDouble, anyVector, around, RUNS } from '../support/doubles.js';
import type { ClipReply, NormReply } from '../support/replies.js';

const NO_DATASETS = openDataDirectory(null);
const ORDERS = [0.5, 1, 1.5, 2, 3, Infinity];

interface Values {
  readonly dtype: Tensor['dtype'];
  readonly data: readonly number[];
}
const tensorOf = ({ dtype, data }: Values, t: number): Tensor => ({
  name: `t${t}`,
  shape: [data.length],
  dtype,
  data: dtype === 'float32' ? Float32Array.from(data) : Float64Array.from(data),
  encoding: 'values',
});
const values: fc.Arbitrary<Values> = fc.oneof(
  fc.record({
    dtype: fc.constant('float64' as const),
    data: fc.oneof(anyVector, fc.constant([]), fc.constant([0, -0])),
  }),
  // Around the edges of what a sum of squares holds.
  fc.record({
    dtype: fc.constant('float64' as const),
    data: fc.oneof(around(-470, -460, 3), around(495, 500, 3)),
  }),
  fc.record({ dtype: fc.constant('float32' as const), data: around(-149, 127, 20) }),
);
/** Tensors, and the shard that each belongs to. */
const sharded = fc.array(fc.tuple(values, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 8 });

const normOfTensors = (gradients: readonly Tensor[], order: number, nonFinite: NonFinite = 'PROPAGATE') =>
  compute('norm', { gradients, order, nonFinite }, NO_DATASETS);
const combine = (partials: readonly NormPartial[]) => compute('combineNorms', { partials }, NO_DATASETS);

/** What each tensor becomes when the gradient is clipped at once and when its shards are, by the total of all. */
function bothWays(
  tensors: readonly (readonly [Values, number])[],
  clipping: Spec,
  order: number,
  nonFinite: NonFinite,
  how: 'partial' | 'total',
) {
  const all = () => tensors.map(([v], t) => tensorOf(v, t));
  const whole = compute('clip', { gradients: all(), clipping, nonFinite }, NO_DATASETS);
  const shards = [0, 1, 2, 3].map((shard) => tensors.flatMap(([, s], t) => (s === shard ? [t] : [])));
  const partOf = (shard: readonly number[]): NormPartial =>
    normOfTensors(
      shard.map((t) => all()[t] as Tensor),
      order,
      nonFinite,
    ).partial;
  const [a, b, c, d] = shards.map(partOf) as [NormPartial, NormPartial, NormPartial, NormPartial];
  const { partial, norm } = combine([d, combine([combine([c, a]).partial, b]).partial]);
  const given =
    how === 'partial'
      ? { norm: normOf(partial), nonFinite: partial.nonFinite, path: how }
      : { norm: { scale: norm, ratio: 1 }, nonFinite: 0, path: how };
  const out: (readonly number[])[] = [];
  const reports = shards.flatMap((shard) => {
    if (shard.length === 0) return [];
    const gradients = shard.map((t) => all()[t] as Tensor);
    const clipped = compute('clip', { gradients, clipping, nonFinite, whole: given }, NO_DATASETS);
    shard.forEach((t, i) => {
      out[t] = [...(clipped.gradients[i] as Float64Array)];
    });
    return clipped.reports;
  });
  return { whole: whole.gradients.map((x) => [...x]), out, norm, report: whole.reports[0], reports };
}

const threshold = fc.oneof(fc.constantFrom(0, 1, Infinity, 5e-324, 1e-310), anyDouble.map(Math.abs));
const epsilon = fc.constantFrom(0, 0, 1e-6, 5e-324);

for (const p of ORDERS) {
  test(`shards clipped by the combined norm of order ${p} have the bits of the whole gradient clipped`, () => {
    fc.assert(
      fc.property(sharded, threshold, epsilon, (tensors, threshold, epsilon) => {
        const { whole, out, norm, report, reports } = bothWays(
          tensors,
          { globalNorm: { threshold, norm: p, epsilon } },
          p,
          'REJECT',
          'partial',
        );
        assert.deepEqual(out, whole);
        assert.equal(norm, report?.norm);
        for (const one of reports) assert.deepEqual(one, report);
      }),
      RUNS,
    );
  });

  test(`so they do by the number alone, if the norm of order ${p} is an ordinary double`, () => {
    fc.assert(
      fc.property(sharded, threshold, epsilon, (tensors, threshold, epsilon) => {
        const rule = { globalNorm: { threshold, norm: p, epsilon } };
        const { whole, out, norm } = bothWays(tensors, rule, p, 'REJECT', 'total');
        fc.pre(norm === 0 || (norm >= 2 ** -1022 && norm < Infinity));
        assert.deepEqual(out, whole);
      }),
      RUNS,
    );
  });
}

const alike = clipping.plugins.filter(
  ({ params, example, build }) => build(params.parse(example)).scalesBy === 2,
);
for (const { kind, params, example } of alike)
  test(`shards clipped by ${kind} have the bits of the whole gradient clipped`, () => {
    const rule = { [kind]: params.parse(example) };
    fc.assert(
      fc.property(sharded, (tensors) => {
        const { whole, out } = bothWays(tensors, rule, 2, 'REJECT', 'partial');
        assert.deepEqual(out, whole);
      }),
      RUNS,
    );
  });
test('there are several rules that clip shards', () => {
  assert.ok(alike.length >= 6);
});

test('what is not finite in one shard reaches all of them, as the policy says', () => {
  const odd = fc.tuple(
    fc.record({
      dtype: fc.constant('float64' as const),
      data: fc.array(fc.constantFrom(1, 0, -2, Number.NaN, Infinity, -Infinity), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
    fc.integer({ min: 0, max: 3 }),
  );
  const policy = fc.constantFrom<NonFinite>('PROPAGATE', 'ZERO', 'SKIP');
  fc.assert(
    fc.property(
      fc.array(fc.oneof(odd, fc.tuple(values, fc.constant(1))), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...ORDERS),
      fc.constantFrom(0, 1, Infinity),
      policy,
      (tensors, norm, threshold, nonFinite) => {
        const both = bothWays(
          tensors,
          { globalNorm: { threshold, norm, epsilon: 0 } },
          norm,
          nonFinite,
          'partial',
        );
        assert.deepEqual(both.out, both.whole);
        for (const one of both.reports) assert.deepEqual(one, both.report);
      },
    ),
    RUNS,
  );
});

test('a norm over several tensors does not depend on their order', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 8 }), fc.constantFrom(...ORDERS), (list, p) => {
      const norm = normOfTensors(list.map(tensorOf), p).norm;
      assert.equal(normOfTensors(list.map(tensorOf).reverse(), p).norm, norm);
      assert.equal(combine(list.map((v, t) => normOfTensors([tensorOf(v, t)], p).partial)).norm, norm);
    }),
    RUNS,
  );
});

overBoth('a gradient in two shards', (api) => {
  const shards = [[[3, 4], [1e-200]], [[12, 0]]];
  const tensors = (shard: readonly (readonly number[])[]) =>
    shard.map((data) => api().tensor({ shape: [data.length], data }));

  for (const norm of [1, 2, 2.5, Infinity])
    test(`is clipped by the norm of order ${norm} as the whole`, async () => {
      const clipping = { globalNorm: { threshold: 1, norm } };
      const whole = await api().clip({ gradients: tensors(shards.flat()), clipping });
      const parts: NormReply[] = [];
      for (const shard of shards) parts.push(await api().norm({ gradients: tensors(shard), norm }));
      const { partial, norm: total } = await api().combineNorms({
        partials: parts.map((part) => part.partial),
      });
      assert.equal(total, whole.reports[0]?.norm);
      const numbers = ({ gradients }: ClipReply) => gradients.map((tensor) => api().numbers(tensor));
      for (const known of [{ partial }, { total }]) {
        const clipped: ClipReply[] = [];
        for (const shard of shards)
          clipped.push(await api().clip({ gradients: tensors(shard), clipping, ...known }));
        assert.deepEqual(clipped.flatMap(numbers), numbers(whole));
        for (const { reports } of clipped) assert.deepEqual(reports, whole.reports);
      }
    });

  test('takes a step as the whole', async () => {
    const step = (list: readonly (readonly number[])[], known: object) =>
      api().step({
        parameters: tensors(list.map((data) => data.map(() => 1))),
        gradients: tensors(list),
        clipping: { globalNorm: { threshold: 1 } },
        optimizer: { sgd: { learningRate: 0.5 } },
        ...known,
      });
    const whole = await step(shards.flat(), {});
    const halves = [await step(shards[0] ?? [], { total: 13 }), await step(shards[1] ?? [], { total: 13 })];
    const numbers = (list: typeof whole.parameters) => list.map((tensor) => api().numbers(tensor));
    assert.deepEqual(
      halves.flatMap(({ parameters }) => numbers(parameters)),
      numbers(whole.parameters),
    );
    assert.equal(halves[0]?.reports[0]?.norm, 13);
  });
});
