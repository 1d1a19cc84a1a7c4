import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import type { ClipReply } from '../support/replies.js';
import type { Numbers } from '../support/tensors.js';
import type { Transport } from '../support/transports.js';

interface Expected {
  readonly norm: number;
  readonly coef: number;
  readonly clipped: boolean;
  readonly out: readonly Numbers[];
}
interface Policies {
  readonly error: { readonly num_nan: number; readonly num_inf: number; readonly bad_tensors: number[] };
  readonly skip: { readonly out: readonly Numbers[] };
  readonly zero_nonfinite_then_clip: Expected;
}
interface Case {
  readonly id: string;
  readonly note?: string;
  readonly tensors: readonly Numbers[];
  readonly max_norm: number;
  readonly norm_type: number;
  readonly expect: {
    readonly exact?: Expected;
    readonly 'exact_eps1e-6'?: Expected;
    readonly torch: { readonly norm: number; readonly out: readonly Numbers[] };
    readonly reject?: boolean;
  };
  readonly policies?: Policies;
}

const cases = ['clip_global', 'clip_edge'].flatMap(
  (file) => readGolden<{ cases: readonly Case[] }>(file).cases,
);
const exact = cases.filter(({ expect }) => expect.exact !== undefined);
const refused = cases.filter(({ expect }) => expect.reject === true);
const nonFinite = cases.filter(({ policies }) => policies !== undefined);
const title = ({ id, note }: Case): string => `${id}${note === undefined ? '' : ` (${note})`}`;

/** Long vectors and odd p lose a few more bits than 1e-14. */
const rtolOf = ({ tensors, norm_type: p }: Case): number =>
  flat(tensors).length >= 1000 || ![1, 2, Infinity].includes(p) ? 4e-14 : 1e-14;
/** What is below 2.3e-308 may be one subnormal step off. */
const atolOf = (value: number): number => (Math.abs(value) < 2.3e-308 ? 5e-324 : 0);

function assertClipped(c: Case, expected: Expected, reply: ClipReply, numbers: Transport['numbers']): void {
  const rtol = rtolOf(c);
  const near = (got: number, want: number, what: string): void =>
    assertClose([got], [want], { rtol, atol: atolOf(want) }, what);
  assert.equal(reply.reports.length, 1);
  const [report] = reply.reports;
  near(report?.norm ?? Number.NaN, expected.norm, 'norm');
  assert.equal(reply.gradients.length, c.tensors.length);
  expected.out.forEach(({ shape, data }, t) => {
    assert.deepEqual(reply.gradients[t]?.shape, shape);
    const got = numbers(reply.gradients[t]);
    assert.equal(got.length, data.length);
    data.forEach((want, i) => {
      near(got[i] ?? Number.NaN, want, `tensor ${t} [${i}]`);
    });
  });
  near(report?.scale ?? Number.NaN, expected.coef, 'scale');
  assert.equal(report?.clipped, expected.clipped, 'clipped');
}

const requestOf = (c: Case, { tensor }: Transport, epsilon = 0) => ({
  gradients: c.tensors.map(tensor),
  clipping: { globalNorm: { threshold: c.max_norm, norm: c.norm_type, epsilon } },
});

test('the files hold the cases they are known to hold', () => {
  assert.deepEqual([exact.length, refused.length, nonFinite.length], [97, 2, 12]);
});

overBoth('globalNorm gives the correctly rounded answer', (api) => {
  for (const c of exact)
    for (const [mode, epsilon, what] of [
      ['exact', 0, 'without epsilon'],
      ['exact_eps1e-6', 1e-6, 'with the epsilon of PyTorch'],
    ] as const)
      test(`${title(c)}, ${what}`, async () => {
        const reply = await api().clip(requestOf(c, api(), epsilon));
        assertClipped(c, c.expect[mode] as Expected, reply, api().numbers);
      });
});

overBoth('a threshold that is negative or NaN is refused', (api) => {
  for (const c of refused)
    test(title(c), async () => {
      await assert.rejects(api().clip(requestOf(c, api())), /threshold: must .*got "?(-1|NaN)/);
    });
});

overBoth('a gradient that is not finite follows its policy', (api) => {
  for (const c of nonFinite) {
    const { error, skip, zero_nonfinite_then_clip: zero } = c.policies as Policies;
    const bad = error.num_nan + error.num_inf;
    const send = (policy: string) => api().clip({ ...requestOf(c, api()), nonFinite: policy });
    const all = (reply: ClipReply) => reply.gradients.flatMap((tensor) => api().numbers(tensor));

    test(`${c.id}: REJECT names the tensor, the index and the value`, async () => {
      const t = error.bad_tensors[0] as number;
      const data = (c.tensors[t] as Numbers).data;
      const i = data.findIndex((v) => !Number.isFinite(v));
      const complaint = `gradients[${t}].values[${i}] is ${data[i]} in tensor`;
      await assert.rejects(send('REJECT'), (thrown: Error) => thrown.message.includes(complaint));
    });

    test(`${c.id}: SKIP zeroes the whole gradient`, async () => {
      const reply = await send('SKIP');
      assertClose(all(reply), flat(skip.out), { rtol: 0 }, 'gradient');
      assert.equal(reply.reports[0]?.nonFinite, bad);
    });

    test(`${c.id}: ZERO clips what is finite`, async () => {
      const reply = await send('ZERO');
      assertClipped(c, zero, reply, api().numbers);
      assert.equal(reply.reports[0]?.nonFinite, bad);
    });

    if (Number.isFinite(c.max_norm))
      test(`${c.id}: PROPAGATE is IEEE arithmetic, as in PyTorch`, async () => {
        const reply = await send('PROPAGATE');
        assertClose(all(reply), flat(c.expect.torch.out), { rtol: 1e-12 }, 'gradient');
        assertClose([reply.reports[0]?.norm ?? 0], [c.expect.torch.norm], { rtol: 1e-12 }, 'norm');
      });
  }
});

overBoth('a threshold of Infinity touches nothing, not even beside a NaN', (api) => {
  for (const bad of [Number.NaN, Infinity, 0])
    for (const clipping of [
      { none: {} },
      { globalNorm: { threshold: Infinity } },
      { globalNorm: { threshold: Infinity, norm: 3, epsilon: 1e-6 } },
      { perTensorNorm: { threshold: Infinity } },
    ])
      test(`${JSON.stringify(clipping, (_key, v) => (v === Infinity ? 'Infinity' : v))} beside ${bad}`, async () => {
        const data = [1, bad, -2];
        const gradients = [api().tensor({ shape: [3], data })];
        const reply = await api().clip({ gradients, clipping, nonFinite: 'PROPAGATE' });
        assert.deepEqual(api().numbers(reply.gradients[0]), data);
        assert.deepEqual([reply.reports[0]?.clipped, reply.reports[0]?.scale], [false, 1]);
      });
});
