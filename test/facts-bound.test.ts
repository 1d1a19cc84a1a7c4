import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertClose } from './support/golden.js';
import type { Bound } from './support/replies.js';
import { startService, type TestService } from './support/service.js';
import { column, grpc, type Run, rest } from './support/transports.js';

const FIELDS = ['meanGradientNorm', 'budget', 'bound'];
const H = 'HESSIAN';

/** Objectives with constants of the Hessian form: 16/L1² for x⁴, and so on. */
const CASES: readonly (readonly [string, object, number[], { l0: number; l1: number }])[] = [
  ['x⁴ with (4, 2)', { quartic: {} }, [10], { l0: 4, l1: 2 }],
  ['x⁴ with (64, 1/2)', { quartic: {} }, [10], { l0: 64, l1: 0.5 }],
  ['x⁴ with (1, 4)', { quartic: {} }, [10], { l0: 1, l1: 4 }],
  ['cosh', { cosh: {} }, [5], { l0: 1, l1: 1 }],
  ['‖x‖⁴ in five dimensions', { power: { p: 4 } }, [3, -2, 1, 4, -5], { l0: 4, l1: 2 }],
  ['x⁶', { power: { p: 6 } }, [3], { l0: 96, l1: 2 }],
  ['the double well', { doubleWell: {} }, [3], { l0: 2, l1: 3 }],
  [
    'phase retrieval',
    {
      phaseRetrieval: {
        vectors: [
          [1, 0],
          [0, 1],
          [1, 1],
          [1, -2],
        ],
        targets: [1, 0, 1, 1],
      },
    },
    [2, -1],
    { l0: Number.NaN, l1: 10 },
  ],
];
const THETAS = [1 / 9, Math.LN2, 1];
const THRESHOLDS = [0.01, 0.1, 1, 10, 100, 1000];
const LENGTHS = [10, 100, 1000];

describe('the convergence bound of clipped descent', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const quartic = (more: object): Promise<Run> =>
    rest(service).run({
      objective: { quartic: {} },
      start: [[10]],
      clipping: { globalNorm: { threshold: 1 } },
      optimizer: { sgd: { learningRate: 0.01 } },
      constants: { l0: 4, l1: 2 },
      metrics: { fields: FIELDS, trace: true },
      ...more,
    });
  const boundOf = ({ result }: Run): Bound => result.bound as Bound;

  it('holds for eight functions, three θ, six thresholds and three lengths', async (t) => {
    let worst = 0;
    for (const [title, objective, start, pair] of CASES)
      for (const threshold of THRESHOLDS) {
        const request = {
          objective,
          start: [start],
          clipping: { globalNorm: { threshold } },
          metrics: { fields: FIELDS, trace: true },
          budget: { maxIterations: Math.max(...LENGTHS) },
          ...(Number.isNaN(pair.l0)
            ? { constants: { minimum: 0 } }
            : { constants: { ...pair, minimum: minimumOf(objective) } }),
        };
        // Of constants that the service finds, it says which.
        const probe = await rest(service).run({
          ...request,
          optimizer: { sgd: { learningRate: 1e-9 } },
          budget: { maxIterations: 1 },
        });
        const { l0, l1 } = boundOf(probe);
        for (const theta of THETAS) {
          const learningRate = theta / (l0 + threshold * l1);
          const run = await rest(service).run({ ...request, optimizer: { sgd: { learningRate } } });
          const { conditionsHeld, held, unmet } = boundOf(run);
          assert.deepEqual(
            [conditionsHeld, held],
            [true, true],
            `${title}, c ${threshold}, θ ${theta}: ${unmet}`,
          );
          const means = column(run.trace, 'meanGradientNorm');
          const bounds = column(run.trace, 'bound');
          // A gradient of exactly 0 ends a run.
          for (const length of LENGTHS.filter((one) => one <= run.result.iterations)) {
            const ratio = (means[length - 1] as number) / (bounds[length - 1] as number);
            assert.ok(ratio <= 1, `${title}, c ${threshold}, θ ${theta}, T ${length}: ${ratio}`);
            worst = Math.max(worst, ratio);
          }
          assert.ok(Math.max(...column(run.trace, 'budget')) <= 1, title);
        }
      }
    t.diagnostic(`worst mean/bound ${worst}`);
    assert.ok(worst > 0.9, `the bound is nowhere near: ${worst}`);
  });

  it('has the numbers of exact arithmetic on x⁴ with the lecture’s step size', async () => {
    for (const [c, loose, sharp] of [
      [1, 596.9870772383749, 573.2986428114651],
      [10, 277.0963259784058, 231.71945712458597],
      [100, 334.4203981371183, 219.83653855589804],
    ] as const) {
      const learningRate = 1 / (9 * (4 + 2 * c));
      const request = { clipping: { globalNorm: { threshold: c } }, optimizer: { sgd: { learningRate } } };
      for (const transport of [rest(service), grpc(service, 'values')]) {
        const run = await transport.run({
          objective: { quartic: {} },
          start: [transport.tensor({ shape: [1], data: [10] })],
          constants: { l0: 4, l1: 2 },
          metrics: { fields: ['bound'] },
          ...request,
        });
        const bound = boundOf(run);
        assertClose([bound.loose, bound.sharp], [loose, sharp], { rtol: 1e-12 }, `c = ${c}`);
        assertClose([bound.kappa, bound.theta], [0.9423283813232272, 1 / 9], { rtol: 1e-12 }, 'κ and θ');
        assert.deepEqual([bound.form, bound.origin, bound.minimum], [H, 'GIVEN', 0]);
        assert.equal(bound.meanGradientNorm, run.result.summary.meanGradientNorm);
      }
    }
  });

  it('takes the closed form of the objective with the least L0 + c L1', async () => {
    for (const [c, l0, l1] of [
      [1, 16 / 3.1748021039363987 ** 2, 3.1748021039363987],
      [4, 4, 2],
    ] as const) {
      const bound = boundOf(await quartic({ constants: undefined, clipping: { lecture: { threshold: c } } }));
      assertClose([bound.l0 + c * bound.l1], [l0 + c * l1], { rtol: 1e-12 }, `c = ${c}`);
      assert.equal(bound.origin, 'CLOSED_FORM');
    }
    const hard = await quartic({ objective: { hardInstance: {} }, start: [[5]], constants: undefined });
    assert.deepEqual([boundOf(hard).l0, boundOf(hard).l1], [1, 1]);
  });

  it('says which condition did not hold, and then nothing about the bound', async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [{ optimizer: { sgd: { learningRate: 0.01, momentum: 0.9 } } }, /not those of gradient descent/],
      [{ optimizer: { adam: {} } }, /not those of gradient descent/],
      [{ schedule: { cosine: { steps: 10 } } }, /not those of gradient descent/],
      [{ thresholdSchedule: { cosine: { steps: 10 } } }, /the threshold changes/],
      [{ clipping: { value: { threshold: 1 } } }, /not clipping by the Euclidean norm/],
      [{ clipping: { none: {} } }, /θ = .* = Infinity is too large/],
      [{ optimizer: { sgd: { learningRate: 0.3 } } }, /is too large for any guaranteed decrease/],
      [{ constants: { l0: 4, l1: 2, minimum: 1e5 } }, /f\(x0\) = 10000 is below the minimum 100000/],
      [{ noise: { gaussian: { scale: 1 } } }, /mini-batches, or noisy/],
    ];
    for (const [more, says] of cases) {
      const run = await quartic({ budget: { maxIterations: 20 }, ...more });
      const { conditionsHeld, held, unmet, sharp } = boundOf(run);
      assert.match(unmet.join(), says);
      assert.deepEqual([conditionsHeld, held, sharp], [false, undefined, Number.NaN]);
      assert.ok(column(run.trace, 'bound').every(Number.isNaN));
    }
  });

  it('asks for a θ below the root of e^θ = 1 + 2θ, in the first-order form below 2', async () => {
    for (const [form, root] of [
      [H, 1.2564312086261695],
      ['FIRST_ORDER', 2],
    ] as const)
      for (const [part, met] of [
        [1 - 1e-12, true],
        [1 + 1e-12, false],
      ] as const) {
        // L1 = 0: θ = γ.
        const { conditionsHeld, kappa } = boundOf(
          await quartic({
            objective: { quadratic: { diagonal: [1] } },
            constants: { l0: 1, l1: 0, form },
            optimizer: { sgd: { learningRate: root * part } },
            budget: { maxIterations: 3 },
          }),
        );
        assert.deepEqual(
          [conditionsHeld, kappa > 0, Math.abs(kappa) < 1e-11],
          [met, met, true],
          `${form}, ${part}`,
        );
      }
  });

  it('is violated by constants that are too small, and says so', async () => {
    const { conditionsHeld, held } = boundOf(
      await quartic({
        constants: { l0: 1e-3, l1: 1e-3 },
        clipping: { globalNorm: { threshold: 1000 } },
        optimizer: { sgd: { learningRate: 0.9 } },
        budget: { maxIterations: 3 },
      }),
    );
    assert.deepEqual([conditionsHeld, held], [true, false]);
  });

  it('rows have the sums up to and with their update, the last those of all updates', async () => {
    const { result, trace } = await quartic({ budget: { maxIterations: 40 } });
    const norms = column(trace, 'gradientNorm').slice(0, -1);
    const means = column(trace, 'meanGradientNorm');
    const spent = column(trace, 'budget');
    const limit = (result.bound as Bound).budget;
    let sum = 0;
    let cut = 0;
    norms.forEach((norm, k) => {
      sum += norm;
      cut += Math.min(norm, 1) * norm;
      assertClose(
        [means[k] as number, spent[k] as number],
        [sum / (k + 1), cut / limit],
        { rtol: 1e-12 },
        `row ${k}`,
      );
    });
    assert.deepEqual([means.at(-1), spent.at(-1)], [means.at(-2), spent.at(-2)]);
    assert.equal(means.at(-1), result.summary.meanGradientNorm);
    assertClose([(result.bound as Bound).spent], [cut], { rtol: 1e-12 }, 'spent');
  });

  it('leaves every other number of the run as it is', async () => {
    const plain = await quartic({ metrics: {} });
    const columns = await quartic({ metrics: { fields: [...FIELDS, 'smoothness'] } });
    assert.equal(plain.result.summary.digest, columns.result.summary.digest);
    assert.equal(plain.result.evaluations, columns.result.evaluations);
  });
});

/** Of those of the cases whose minimum is not 0. */
const minimumOf = (objective: object): number =>
  'doubleWell' in objective ? -0.25 : 'cosh' in objective ? 1 : 0;

const ROWS = Array.from({ length: 12 }, (_, i) => [Math.sin(i), Math.cos(2 * i)]);
const NETWORKS = {
  mlp: { data: { inline: { features: ROWS, targets: ROWS.map(([a = 0]) => a) } }, hidden: [3], batchSize: 4 },
  recurrent: {
    data: {
      inline: { inputs: [ROWS, ROWS], targets: [ROWS, ROWS].map((rows) => rows.map(([a = 0]) => [a])) },
    },
    hiddenSize: 3,
    batchSize: 4,
  },
  languageModel: {
    data: { text: 'the more you clip the less you slip, the less you slip the more you trip' },
    embeddingSize: 3,
    hiddenSize: 4,
    batchSize: 2,
    sequenceLength: 8,
  },
  residualNetwork: {
    data: {
      inline: {
        images: ROWS.map(([a = 0, b = 0]) => Array.from({ length: 4 }, () => [a, b, a * b, 1])),
        labels: ROWS.map((_, i) => i % 2),
      },
    },
    blocksPerStage: 1,
    width: 2,
    batchSize: 4,
  },
};

describe('the smoothness column', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  it('is the curvature along the steps of a quadratic, and takes no evaluation', async () => {
    const { result, trace } = await rest(service).run({
      objective: { quadratic: { diagonal: [3] } },
      start: [[5]],
      optimizer: { sgd: { learningRate: 0.1 } },
      budget: { maxIterations: 20 },
      metrics: { fields: ['smoothness'], trace: true },
    });
    const [first, ...others] = column(trace, 'smoothness');
    assert.ok(Number.isNaN(first));
    assertClose(
      others,
      others.map(() => 3),
      { rtol: 1e-9 },
      'the curvature',
    );
    assert.equal(result.evaluations, 21);
  });

  it('stays below the greatest curvature between the rows', async () => {
    const { trace } = await rest(service).run({
      objective: { quartic: {} },
      start: [[10]],
      optimizer: { sgd: { learningRate: 0.001 } },
      budget: { maxIterations: 50 },
      metrics: { fields: ['smoothness', 'parameterNorm'], every: 5, trace: true },
    });
    const x = column(trace, 'parameterNorm');
    column(trace, 'smoothness')
      .slice(1)
      .forEach((estimate, i) => {
        const [far, near] = [x[i] as number, x[i + 1] as number];
        assert.ok(estimate <= 12 * far * far && estimate >= 12 * near * near, `row ${i + 1}: ${estimate}`);
      });
  });

  it('with mini-batches is that of a fixed batch, one evaluation a row, and changes no step', async () => {
    const features = Array.from({ length: 12 }, (_, i) => [i % 3, (i * 7) % 5]);
    const data = { inline: { features, targets: features.map(([a = 0, b = 0]) => a - b) } };
    const run = (fields: string[], every: number): Promise<Run> =>
      rest(service).run({
        objective: { linearRegression: { data, batchSize: 4, intercept: false } },
        optimizer: { sgd: { learningRate: 0.01 } },
        budget: { maxIterations: 20 },
        metrics: { fields, every, trace: true },
      });
    const batches = await run(['smoothness'], 10);
    const plain = await run([], 10);
    assert.equal(batches.result.evaluations, plain.result.evaluations + 3);
    assert.equal(batches.result.summary.digest, plain.result.summary.digest);
    const [, ...estimates] = column(batches.trace, 'smoothness');
    for (const estimate of estimates) assert.ok(estimate > 0.01 && estimate < 40, `${estimate}`);
  });

  for (const [kind, objective] of Object.entries(NETWORKS))
    it(`is measured beside the mini-batches and the noise of ${kind}`, async () => {
      const run = (fields: string[]): Promise<Run> =>
        rest(service).run({
          objective: { [kind]: objective },
          noise: { gaussian: { scale: 1e-4 } },
          optimizer: { sgd: { learningRate: 0.01 } },
          budget: { maxIterations: 6 },
          metrics: { fields, trace: true },
        });
      const measured = await run(['smoothness']);
      const plain = await run([]);
      assert.equal(measured.result.summary.digest, plain.result.summary.digest);
      const [first, ...estimates] = column(measured.trace, 'smoothness');
      assert.ok(Number.isNaN(first));
      assert.ok(
        estimates.every((estimate) => estimate > 0 && estimate < 1e4),
        estimates.join(),
      );
    });
});
