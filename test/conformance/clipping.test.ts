import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { clipping } from '../../src/core/clipping/index.js';
import { RUNS } from '../support/doubles.js';
import type { ClipReply } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';
import { grpc } from '../support/transports.js';

/** A gradient of two tensors. */
type Gradient = readonly [readonly number[], readonly number[]];
const flat = ([a, b]: Gradient): number[] => [...a, ...b];
const lengthOf = (g: Gradient): number => Math.hypot(...flat(g));
const difference = (g: Gradient, h: Gradient): Gradient => [minus(g[0], h[0]), minus(g[1], h[1])];
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((v, i) => v - (b[i] as number));

/** What a rule is clipped with beside the gradient: a batch of one example, or parameters. */
const PARAMETERS: Gradient = [
  [50, -20, 0.001],
  [0, 3],
];
const LEADING: Readonly<Record<string, readonly number[]>> = { perExample: [1] };

/** Properties that a rule lacks by definition. */
const LENGTHENS: Readonly<Record<string, string>> = {
  normalize: 'gives short gradients the norm `scale` too',
};

/** Rounding errors of a component: a few units of 1.1e-16 of what came in. */
const SLACK = 1e-15;
const SETTINGS = { ...RUNS, numRuns: 150 };

/** Components between 1e-6 and 1e6, some equal, some zero: both sides of every threshold of the examples. */
const component = fc
  .tuple(fc.integer({ min: -6, max: 5 }), fc.integer({ min: -1000, max: 1000 }))
  .map(([exponent, digits]) => (digits / 100) * 10 ** exponent);
const tensorOf = (size: number) => fc.array(component, { minLength: size, maxLength: size });
const gradient = fc.tuple(tensorOf(3), tensorOf(2));
const threshold = fc.constantFrom(0, 1e-5, 0.3, 1, 2.5, 1e4, Infinity);

/** Times that the rule of the example rounds to float32, and once for what a norm between two of them makes of it. */
const ROUNDINGS: Readonly<Record<string, number>> = { chain: 3, groups: 3 };

describe('every clipping rule', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  async function clip(
    rule: object,
    g: Gradient,
    dtype: 'float64' | 'float32' = 'float64',
  ): Promise<Gradient> {
    const { numbers } = grpc(service);
    const reply = await send(rule, g, dtype);
    reply.gradients.forEach(({ shape }, t) => {
      assert.deepEqual(shape, [g[t]?.length]);
    });
    return reply.gradients.map(numbers) as unknown as Gradient;
  }

  function send(rule: object, g: Gradient, dtype: 'float64' | 'float32' = 'float64'): Promise<ClipReply> {
    const { tensor, clip } = grpc(service);
    const leading = LEADING[Object.keys(rule)[0] as string] ?? [];
    const gradients = g.map((data) => tensor({ shape: [...leading, data.length], data, dtype }));
    const parameters = PARAMETERS.map((data) => tensor({ shape: [data.length], data, dtype }));
    return clip({ gradients, parameters, clipping: rule });
  }

  for (const { kind, example } of clipping.plugins) {
    const rule = { [kind]: example };

    const lengthens = kind in LENGTHENS;
    test(`${kind}: ${lengthens ? '' : 'never lengthens a gradient, and '}turns no component round`, () =>
      fc.assert(
        fc.asyncProperty(gradient, async (g) => {
          const clipped = await clip(rule, g);
          assert.ok(lengthens || lengthOf(clipped) <= lengthOf(g) * (1 + SLACK));
          flat(clipped).forEach((v, i) => {
            assert.ok(v * (flat(g)[i] as number) >= 0, `component ${i} became ${v}`);
          });
        }),
        SETTINGS,
      ));

    test(`${kind}: leaves zero alone, and each zero component`, async () => {
      const zero: Gradient = [
        [0, -0, 0],
        [0, 0],
      ];
      assert.deepEqual(await clip(rule, zero), zero);
      const some = await clip(rule, [
        [1e6, 0, -0],
        [-1e6, 0],
      ]);
      assert.deepEqual([some[0][1], some[0][2], some[1][1]], [0, -0, 0]);
    });

    test(`${kind}: gives float32 numbers what it gives float64 numbers, rounded`, () =>
      fc.assert(
        fc.asyncProperty(gradient, async (g) => {
          const rounded: Gradient = [g[0].map(Math.fround), g[1].map(Math.fround)];
          const [single, double] = await Promise.all([
            clip(rule, rounded, 'float32'),
            clip(rule, rounded, 'float64'),
          ]);
          const slack = 6e-8 * (ROUNDINGS[kind] ?? 1);
          for (const [i, v] of flat(double).entries())
            assert.ok(Math.abs((flat(single)[i] as number) - v) <= slack * Math.abs(v), `component ${i}`);
        }),
        SETTINGS,
      ));

    test(`${kind}: says in its reports what it did`, () =>
      fc.assert(
        fc.asyncProperty(gradient, async (g) => {
          const reply = await send(rule, g);
          const clipped = reply.gradients.flatMap(grpc(service).numbers);
          const changed = clipped.some((v, i) => !Object.is(v, flat(g)[i]));
          const said = reply.reports.some((report) => report.clipped);
          assert.ok(said || !changed, 'a gradient changed and no report says so');
          for (const { norm, scale, clippedNorm, clipped: touched, nonFinite } of reply.reports) {
            assert.equal(nonFinite, 0);
            assert.ok(norm >= 0 && scale >= 0 && (lengthens || scale <= 1));
            assert.ok(Math.abs(clippedNorm - norm * scale) <= SLACK * Math.max(norm, clippedNorm));
            if (!touched) assert.deepEqual([scale, clippedNorm], [1, norm]);
          }
        }),
        SETTINGS,
      ));
  }

  /** Rules that are Euclidean projections on a convex set, whatever their threshold. */
  const PROJECTIONS: Readonly<Record<string, (c: number) => object>> = {
    globalNorm: (c) => ({ globalNorm: { threshold: c } }),
    perTensorNorm: (c) => ({ perTensorNorm: { threshold: c } }),
    value: (c) => ({ value: { threshold: c } }),
    lecture: (c) => ({ lecture: { threshold: c } }),
    blockRms: (c) => ({ blockRms: { threshold: c } }),
    'keras with clipValue': (c) => ({ keras: { clipValue: c } }),
    'perExample on one example': (c) => ({ perExample: { threshold: c } }),
    'project onto a ball': (c) => ({ project: { l2Ball: { radius: c } } }),
    'project onto an l1 ball': (c) => ({ project: { l1Ball: { radius: c } } }),
    'project onto a simplex': (c) => ({ project: { simplex: { total: Math.min(c, 1e9) } } }),
    'project onto a hyperplane': (c) => ({
      project: { hyperplane: { normal: [1, -2, 0, 3, 0.5], offset: Math.min(c, 1e9) } },
    }),
    'project onto a halfspace': (c) => ({
      project: { halfspace: { normal: [1, -2, 0, 3, 0.5], offset: Math.min(c, 1e9) } },
    }),
    'value with bounds': (c) => ({ value: { min: -2 * c, max: c / 2 } }),
  };
  for (const [name, rule] of Object.entries(PROJECTIONS))
    test(`${name} is a projection: clipping twice is clipping once`, () =>
      fc.assert(
        fc.asyncProperty(gradient, threshold, async (g, c) => {
          const once = await clip(rule(c), g);
          const twice = await clip(rule(c), once);
          assert.ok(lengthOf(difference(twice, once)) <= SLACK * lengthOf(once));
        }),
        SETTINGS,
      ));

  /** Its Jacobian has the eigenvalues c / (c + ‖g‖) and the square of that. */
  const SMOOTH = { smooth: (c: number) => ({ smooth: { threshold: c } }) };
  for (const [name, rule] of Object.entries({ ...PROJECTIONS, ...SMOOTH }))
    test(`${name} is 1-Lipschitz: it brings no two gradients further apart`, () =>
      fc.assert(
        fc.asyncProperty(gradient, gradient, threshold, async (g, h, c) => {
          const [a, b] = await Promise.all([clip(rule(c), g), clip(rule(c), h)]);
          const rounding = SLACK * (lengthOf(a) + lengthOf(b));
          assert.ok(lengthOf(difference(a, b)) <= lengthOf(difference(g, h)) + rounding);
        }),
        SETTINGS,
      ));
});
