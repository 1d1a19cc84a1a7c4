import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eigenvalues } from '../../src/core/kernels/eigenvalues.js';
import { objectives } from '../../src/core/objectives/index.js';
import { newRandom } from '../support/random.js';
import { startService, type TestService } from '../support/service.js';
import { openSubject, type Subject, specOf } from '../support/subject.js';
import { grpc } from '../support/transports.js';

const rows = (features: number[][], targets: number[]) => ({ data: { inline: { features, targets } } });
const alone = { ...rows([[0.6, -0.8]], [1]), intercept: false };

/** Parameters besides the example, where what is known takes another form. */
const VARIANTS: Readonly<Record<string, readonly object[]>> = {
  quartic: [{ dimension: 4 }],
  cubic: [{ dimension: 3 }],
  doubleWell: [{ dimension: 3 }],
  rastrigin: [{ dimension: 1 }],
  cosh: [{ a: 0.4, dimension: 3 }, { a: 2.5 }],
  power: [{ p: 1.5 }, { p: 2 }, { p: 2.5, dimension: 1 }, { p: 6, dimension: 3 }],
  hardInstance: [{ l0: 3, l1: 0.5, dimension: 3 }],
  exponential: [
    { dimension: 3 },
    {
      vectors: [
        [1, 2, 0],
        [0, 1, -1],
      ],
    },
  ],
  logSumExp: [{ dimension: 4 }, { vectors: [[1], [-2]], offsets: [0.3, 0] }],
  phaseRetrieval: [
    {
      vectors: [
        [1, 0],
        [0.5, 1],
        [-1, 2],
      ],
      targets: [1, 2, 0.5],
    },
    { vectors: [[1]], targets: [-2] },
  ],
  matrixFactorization: [
    { matrix: [[1, 2, 3]], rank: 1 },
    { matrix: [[1], [-1]], rank: 2, ridge: 0.3 },
  ],
  quadratic: [
    {
      matrix: [
        [1, 2],
        [2, -3],
      ],
    },
    { diagonal: [2, 4], linear: [1, -8] },
  ],
  scalarRnn: [{ steps: 2 }, { inputs: [1, -2, 3], initial: 0.3 }],
  linearRegression: [{ ...rows([[1], [3]], [1, -2]), l2: 0.5 }],
  logisticRegression: [alone],
  poissonRegression: [alone],
};
const PAIRS = [0.05, 0.5, 1, 2, 5, 30];

const norm = (v: readonly number[]): number => Math.hypot(...v);
const spectrum = (hessian: readonly number[], n: number): number[] => [
  ...eigenvalues(Float64Array.from(hessian), n),
];
const size = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

/** Random points near and far, and the start. */
const pointsOf = ({ size, start }: Subject): number[][] => {
  const random = newRandom(5);
  const ball = (radius: number): number[] => Array.from({ length: size }, () => radius * 2 * random());
  return [[...start], ...[0.01, 0.1, 0.5, 0.5, 1, 1, 1, 2, 2, 4, 4, 8].map(ball)];
};

describe('what is known of an objective', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example, knowledge } of objectives.plugins)
    test(`${kind} says what is known of it`, () => {
      assert.ok(knowledge !== undefined, kind);
      const { smoothness, minimum } = knowledge;
      for (const words of ['none' in smoothness ? smoothness.none : smoothness.constants, minimum.says])
        assert.ok(words.length > 0);
      assert.ok(objectives.spec.safeParse({ [kind]: example }).success);
    });

  for (const { kind, example, knowledge } of objectives.plugins)
    for (const [i, given] of [example, ...(VARIANTS[kind] ?? [])].entries()) {
      if (knowledge === undefined) continue;
      const { smoothness, minimum, convex } = knowledge;
      const params: unknown = objectives.spec.parse({ [kind]: given })[kind];
      const title = i === 0 ? kind : `${kind} with ${JSON.stringify(given)}`;
      const opened = (): Promise<Subject> =>
        openSubject(grpc(service), specOf(kind, given, 'float64'), 'float64');
      const closed = 'none' in smoothness ? undefined : smoothness.l0;
      const witness = 'none' in smoothness ? smoothness.witness : undefined;

      if (closed !== undefined)
        test(`${title}: ‖∇²f‖ <= L0 + L1 ‖∇f‖ for the constants`, async () => {
          const f = await opened();
          for (const x of pointsOf(f)) {
            const [{ gradient }, hessian] = await Promise.all([f.at(x), f.hessian(x)]);
            const curvature = size(spectrum(hessian, f.size));
            for (const l1 of PAIRS) {
              const l0 = closed(params, l1);
              const bound = l0 === null ? Infinity : l0 + l1 * norm(gradient);
              assert.ok(
                curvature <= bound * (1 + 1e-9),
                `at ${x}: ${curvature} > ${l0} + ${l1} ‖${gradient}‖`,
              );
            }
          }
        });

      if (witness !== undefined)
        test(`${title}: along the witness the curvature outgrows the gradient`, async () => {
          const f = await opened();
          const ratios: number[] = [];
          for (const t of [10, 100, 1000]) {
            const x = witness(params, t);
            const [{ gradient }, hessian] = await Promise.all([f.at(x), f.hessian(x)]);
            ratios.push(size(spectrum(hessian, f.size)) / (1 + norm(gradient)));
          }
          const [a = 0, b = 0, c = 0] = ratios;
          assert.ok(b > 5 * a && c > 5 * b, `ratios ${ratios}`);
        });

      test(`${title}: the minimum is where and what it is said to be`, async () => {
        const f = await opened();
        const least = minimum.value?.(params, f.size) ?? null;
        const at = minimum.at?.(params, f.size) ?? null;
        if (least === -Infinity) {
          const { value } = await f.at(Array.from({ length: f.size }, () => -1e12));
          assert.ok(value < -1e9, `${value} far out`);
        } else if (least !== null)
          for (const x of pointsOf(f)) {
            const { value } = await f.at(x);
            assert.ok(value >= least - 1e-12 * (1 + Math.abs(least)), `${value} at ${x}`);
          }
        if (at === null) return;
        const { value, gradient } = await f.at(at);
        assert.ok(Math.abs(value - (least as number)) <= 1e-13 * (1 + Math.abs(value)), `${value} at ${at}`);
        assert.ok(norm(gradient) <= 1e-13, `the gradient at ${at} is ${gradient}`);
      });

      if (convex !== undefined)
        test(`${title}: is ${convex ? '' : 'not '}convex`, async () => {
          const f = await opened();
          const hessians = await Promise.all(pointsOf(f).map((x) => f.hessian(x)));
          const dips = hessians.map((hessian) => {
            const values = spectrum(hessian, f.size);
            return Math.min(...values) / Math.max(size(values), Number.MIN_VALUE);
          });
          if (convex) assert.ok(Math.min(...dips) >= -1e-12, `an eigenvalue of ${Math.min(...dips)}`);
          else assert.ok(Math.min(...dips) < -1e-6, 'no negative eigenvalue at any of the points');
        });
    }
});
