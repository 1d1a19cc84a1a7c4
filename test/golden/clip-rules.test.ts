import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, flat, readGolden } from '../support/golden.js';
import type { ClipReply } from '../support/replies.js';
import type { Numbers } from '../support/tensors.js';

type Tensors = readonly Numbers[];
interface Case {
  readonly id: string;
  readonly op: string;
  readonly note?: string;
  readonly tensors: Tensors;
}
interface RmsCase extends Case {
  readonly threshold: number;
  readonly expect: { readonly exact: { readonly rms: readonly number[]; readonly out: Tensors } };
}
interface AdaptiveCase extends Case {
  readonly params: Tensors;
  readonly clipping: number;
  readonly eps: number;
  readonly axis: number | readonly number[] | null;
  readonly reduced_axes: readonly number[];
  readonly expect: { readonly exact: { readonly out: Tensors } };
}
interface NormalizeCase extends Case {
  readonly scale_factor: number;
  readonly eps: number;
  readonly expect: { readonly exact: { readonly out: Tensors } };
}
interface ExamplesCase extends Case {
  readonly max_norm: number;
  readonly batch_axis: number;
  readonly expect: {
    readonly exact: {
      readonly norms: readonly number[];
      readonly multipliers: readonly number[];
      readonly num_clipped: number;
      readonly clipped_sum: Tensors;
      readonly clipped_mean: Tensors;
    };
    readonly optax_dp_noise0: { readonly out: Tensors };
  };
}
interface LayersCase extends Case {
  readonly max_norm: number;
  readonly uniform: boolean;
  readonly expect: { readonly optax: { readonly clipped_sum: Tensors; readonly num_clipped: number[] } };
}
interface ProjectionCase extends Case {
  readonly radius: number;
  readonly lower: number;
  readonly upper: number;
  readonly w: readonly number[];
  readonly b: number;
  readonly expect: { readonly optax: Readonly<Record<string, readonly number[]>> };
}

const { cases } = readGolden<{ cases: readonly Case[] }>('clip_other');
const of = <C extends Case>(op: string): readonly C[] => cases.filter((c) => c.op === op) as unknown as C[];
const rms = of<RmsCase>('clip_by_block_rms');
const adaptive = of<AdaptiveCase>('adaptive_grad_clip');
const normalize = of<NormalizeCase>('normalize_by_update_norm');
const examples = of<ExamplesCase>('per_example_global_norm_clip');
const layers = of<LayersCase>('per_example_layer_norm_clip');
const projections = of<ProjectionCase>('projections');
/** The sets by the file's names. */
const SETS: Readonly<Record<string, (c: ProjectionCase) => object>> = {
  l2_ball: ({ radius }) => ({ l2Ball: { radius } }),
  l1_ball: ({ radius }) => ({ l1Ball: { radius } }),
  linf_ball: ({ radius }) => ({ linfBall: { radius } }),
  l2_sphere: ({ radius }) => ({ l2Sphere: { radius } }),
  simplex: ({ radius }) => ({ simplex: { total: radius } }),
  non_negative: () => ({ nonNegative: {} }),
  box: ({ lower, upper }) => ({ box: { lower, upper } }),
  'hyperplane(<w,x>=b)': ({ w, b }) => ({ hyperplane: { normal: w, offset: b } }),
  'halfspace(<w,x><=b)': ({ w, b }) => ({ halfspace: { normal: w, offset: b } }),
};
const title = ({ id, note }: Case): string => `${id}${note === undefined ? '' : ` (${note})`}`;
const EXACT = { rtol: 1e-13 };
const PEER = { rtol: 1e-12 };
/** A sum of examples may cancel: the error is that of its terms. */
const sumTolerance = ({ tensors }: Case, rtol: number) => ({
  rtol,
  atol: 1e-16 * flat(tensors).reduce((sum, v) => sum + Math.abs(v), 0),
});

test('the file holds the cases that it is known to hold', () => {
  const counts = [rms, adaptive, normalize, examples, layers, projections].map(({ length }) => length);
  assert.deepEqual(counts, [7, 29, 4, 6, 12, 2]);
});

overBoth('the golden answers', (api) => {
  const send = (tensors: Tensors, clipping: object, more: object = {}): Promise<ClipReply> =>
    api().clip({ gradients: tensors.map(api().tensor), clipping, ...more });
  const numbers = ({ gradients }: ClipReply): number[] => gradients.flatMap(api().numbers);

  for (const c of rms)
    test(`blockRms: ${title(c)}`, async () => {
      const reply = await send(c.tensors, { blockRms: { threshold: c.threshold } });
      const { out, rms } = c.expect.exact;
      assertClose(numbers(reply), flat(out), EXACT, c.id);
      const norms = reply.reports.map(({ norm }) => norm);
      assertClose(norms, rms, EXACT, 'root mean squares');
      reply.reports.forEach(({ clipped, clippedNorm }, t) => {
        assert.equal(clipped, (rms[t] as number) > c.threshold);
        assertClose([clippedNorm], [Math.min(rms[t] as number, c.threshold)], EXACT, 'clipped');
      });
    });

  for (const c of adaptive) {
    const { clipping, eps: epsilon, params, expect } = c;
    const clip = (axes: object) =>
      send(c.tensors, { adaptive: { clipping, epsilon, ...axes } }, { parameters: params.map(api().tensor) });
    test(`adaptive: ${title(c)}, axes ${JSON.stringify(c.reduced_axes)} of ${JSON.stringify(c.tensors[0]?.shape)}`, async () => {
      const reply = await clip({ axes: c.reduced_axes });
      assertClose(numbers(reply), flat(expect.exact.out), EXACT, c.id);
    });
    if (c.axis === null)
      test(`adaptive: ${title(c)}, the default axes of ${JSON.stringify(c.tensors[0]?.shape)}`, async () => {
        assertClose(numbers(await clip({})), flat(expect.exact.out), EXACT, c.id);
      });
  }

  for (const c of normalize)
    test(`normalize: ${title(c)}`, async () => {
      const { scale_factor: scale, eps: epsilon, expect } = c;
      const reply = await send(c.tensors, { normalize: { scale, epsilon } });
      assertClose(numbers(reply), flat(expect.exact.out), EXACT, c.id);
    });

  for (const c of examples)
    test(`perExample: ${title(c)}`, async () => {
      const rule = { threshold: c.max_norm };
      const { exact, optax_dp_noise0: dp } = c.expect;
      const mean = await send(c.tensors, { perExample: rule });
      assertClose(numbers(mean), flat(exact.clipped_mean), sumTolerance(c, 1e-13), 'mean');
      assertClose(numbers(mean), flat(dp.out), sumTolerance(c, 1e-12), 'the DP aggregate of Optax');
      const sum = await send(c.tensors, { perExample: { ...rule, aggregate: 'SUM' } });
      assertClose(numbers(sum), flat(exact.clipped_sum), sumTolerance(c, 1e-13), 'sum');
      for (const { reports, gradients } of [mean, sum]) {
        assert.deepEqual(
          gradients.map(({ shape }) => shape),
          c.tensors.map(({ shape }) => shape.slice(1)),
        );
        const { norm, scale, clipped } = reports[0] as ClipReply['reports'][number];
        assertClose([norm], [Math.max(...exact.norms)], EXACT, 'greatest norm');
        assertClose([scale], [Math.min(...exact.multipliers)], EXACT, 'smallest factor');
        assert.equal(clipped, exact.num_clipped > 0);
      }
    });

  for (const c of layers)
    test(`perExample by layers: ${title(c)}, uniform ${c.uniform}`, async () => {
      const rule = { threshold: c.max_norm, layers: c.uniform ? 'UNIFORM' : 'BY_SIZE', aggregate: 'SUM' };
      const reply = await send(c.tensors, { perExample: rule });
      assertClose(numbers(reply), flat(c.expect.optax.clipped_sum), sumTolerance(c, PEER.rtol), c.id);
      const clipped = reply.reports.map((report) => report.clipped);
      assert.deepEqual(
        clipped,
        c.expect.optax.num_clipped.map((n) => n > 0),
      );
    });

  for (const c of projections)
    for (const [name, out] of Object.entries(c.expect.optax))
      test(`project: ${c.id}, ${name}`, async () => {
        const reply = await send(c.tensors, { project: SETS[name]?.(c) });
        assertClose(numbers(reply), out, { ...PEER, atol: 1e-14 }, name);
      });
});
