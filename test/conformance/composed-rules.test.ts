import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { clipGradients } from '../../src/core/clip-gradients.js';
import { clipping } from '../../src/core/clipping/index.js';
import { matcher } from '../../src/core/clipping/pattern.js';
import { overBoth } from '../support/both.js';
import { anyVector, RUNS } from '../support/doubles.js';
import type { ClipReply } from '../support/replies.js';

const simple = fc.oneof(
  fc.constantFrom(0, 1e-3, 1, 1e200).map((threshold) => ({ value: { threshold } })),
  fc
    .tuple(fc.constantFrom(0, 1e-300, 1, 1e200), fc.constantFrom(1, 2, 3, Infinity))
    .map(([threshold, norm]) => ({ globalNorm: { threshold, norm } })),
  fc.constantFrom(0.5, 2).map((threshold) => ({ perTensorNorm: { threshold } })),
  fc.constant({ none: {} }),
);
const tensors = fc.tuple(anyVector, anyVector, anyVector);
const NAMES = ['encoder.a', 'embed', 'encoder.b'];

/** The gradient after the rule, and the reports, by the core alone. */
function clip(values: readonly (readonly number[])[], names: readonly string[], rule: object) {
  const gradients = values.map((data, t) => ({
    name: names[t] as string,
    shape: [data.length],
    data: Float64Array.from(data),
  }));
  const spec = clipping.spec.parse(rule);
  const { reports } = clipGradients(gradients, clipping.build(spec), 'REJECT');
  return { gradient: gradients.map(({ data }) => [...data]), reports };
}
const renamed = (reports: readonly { name: string }[], part: string) =>
  reports.map((report) => ({ ...report, name: report.name === '' ? part : `${part}/${report.name}` }));

test('a chain gives the bits and the reports of its rules, one call after the other', () => {
  fc.assert(
    fc.property(tensors, fc.array(simple, { minLength: 1, maxLength: 4 }), (values, rules) => {
      const chained = clip(values, NAMES, { chain: { rules } });
      let gradient: readonly (readonly number[])[] = values;
      const reports = rules.flatMap((rule, i) => {
        const one = clip(gradient, NAMES, rule);
        gradient = one.gradient;
        return renamed(one.reports, `rules[${i}]`);
      });
      assert.deepEqual(chained, { gradient, reports });
    }),
    RUNS,
  );
});

test('groups give each group what its rule alone gives it, then the whole what the outer rule gives', () => {
  fc.assert(
    fc.property(tensors, simple, simple, simple, (values, inner, rest, outer) => {
      const rule = { groups: { groups: [{ names: ['encoder.*'], clipping: inner }], rest, outer } };
      const [a, b, c] = values;
      const encoder = clip([a, c], ['encoder.a', 'encoder.b'], inner);
      const others = clip([b], ['embed'], rest);
      const [first, third] = encoder.gradient as [number[], number[]];
      const all = clip([first, others.gradient[0] as number[], third], NAMES, outer);
      assert.deepEqual(clip(values, NAMES, rule), {
        gradient: all.gradient,
        reports: [
          ...renamed(encoder.reports, 'groups[0]'),
          ...renamed(others.reports, 'rest'),
          ...renamed(all.reports, 'outer'),
        ],
      });
    }),
    RUNS,
  );
});

test('a pattern matches what its text says, with anything for a star', () => {
  const letter = fc.constantFrom('a', 'b', '.');
  const text = fc.string({ unit: letter, maxLength: 8 });
  const pattern = fc.string({ unit: fc.oneof(letter, fc.constant('*')), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (like, name) => {
      const expected = new RegExp(`^${like.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(name);
      assert.equal(matcher(like)(name), expected);
    }),
    { ...RUNS, numRuns: 20_000 },
  );
});

overBoth('composed rules', (api) => {
  const send = (clipping: object, more: object = {}): Promise<ClipReply> =>
    api().clip({
      gradients: [
        api().tensor({ name: 'W', shape: [2], data: [3, 4] }),
        api().tensor({ name: 'b', shape: [2], data: [6, Number.NaN] }),
      ],
      clipping,
      nonFinite: 'ZERO',
      ...more,
    });

  test('say of each report which part it is about, and how many components of its tensors were not finite', async () => {
    const perTensorNorm = { threshold: 2 };
    const { reports } = await send({
      chain: {
        rules: [
          {
            groups: {
              groups: [{ names: ['W'], clipping: { perTensorNorm } }],
              outer: { value: { threshold: 4 } },
            },
          },
          { perTensorNorm },
        ],
      },
    });
    assert.deepEqual(
      reports.map(({ name, nonFinite = 0 }) => [name, nonFinite]),
      [
        ['rules[0]/groups[0]/W', 0],
        ['rules[0]/rest', 1],
        ['rules[0]/outer', 1],
        ['rules[1]/W', 0],
        ['rules[1]/b', 1],
      ],
    );
  });

  test('run inside a descent as they clip alone', async () => {
    const chain = { rules: [{ value: { threshold: 2 } }, { globalNorm: { threshold: 1 } }] };
    const request = {
      objective: { quadratic: { diagonal: [1, 3] } },
      start: [api().tensor({ shape: [2], data: [3, -0.5] })],
      optimizer: { sgd: { learningRate: 1 } },
      budget: { maxIterations: 1 },
      clipping: { chain },
    };
    const { result } = await api().run(request);
    const { reports, gradients } = await api().clip({
      gradients: [api().tensor({ shape: [2], data: [3, -1.5] })],
      clipping: { chain },
    });
    assert.equal(reports.length, 2);
    const [x, y] = api().numbers(gradients[0]) as [number, number];
    assert.deepEqual(api().numbers(result.parameters[0]), [3 - x, -0.5 - y]);
  });
});
