import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fullRun } from '../src/app/operations/full-run.js';
import { eventsOf, STREAMS, tableOf, timeless, type VariantRow } from './support/comparisons.js';
import { namesOf } from './support/event-stream.js';
import { overJson } from './support/every-transport.js';
import type { Metrics, Result } from './support/replies.js';
import { startService, type TestService } from './support/service.js';
import { joined } from './support/transports.js';

const rows = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((i) => [Math.sin(i), Math.cos(3 * i)]);
/** Mini-batches, held-out rows, noise: whatever a run may depend on. */
const shared = {
  objective: {
    logisticRegression: {
      data: {
        inline: {
          features: rows,
          targets: rows.map(([x = 0]) => (x > 0.2 ? 1 : 0)),
          validationFeatures: rows.slice(0, 3),
          validationTargets: [0, 1, 1],
        },
      },
      batchSize: 5,
    },
  },
  start: [
    { name: 'w', shape: [2], values: [0.5, -1] },
    { name: 'b', shape: [], values: [0.25] },
  ],
  noise: { gaussian: { scale: 0.1, samples: 2 } },
  budget: { maxIterations: 150, gradientTolerance: 1e-3, targetValue: 0.2 },
  metrics: { fields: ['parameterNorm', 'evaluation'], every: 4 },
  seed: 9,
};
const variants = [
  { name: 'plain', optimizer: { sgd: { learningRate: 0.5 } } },
  {
    name: 'clipped',
    clipping: { globalNorm: { threshold: 0.1 } },
    optimizer: { sgd: { learningRate: 0.5, momentum: 0.9 } },
    schedule: { cosine: { steps: 150 } },
  },
  {
    name: 'driven',
    clipping: { percentile: { maxThreshold: 1 } },
    optimizer: { adam: { learningRate: 0.05 } },
    skip: { maxNorm: 0.8 },
  },
  {
    name: 'falling',
    clipping: { value: { threshold: 0.3 } },
    optimizer: { adamW: { learningRate: 0.05 } },
    thresholdSchedule: { exponential: { gamma: 0.99 } },
  },
  { optimizer: { auto: {} } },
];
/** Compared as runs; a search needs learning rates. */
const request = { ...shared, variants };
const searching = {
  objective: { rosenbrock: {} },
  start: [[-1.2, 1]],
  budget: { maxIterations: 300 },
  variants: [
    { name: 'plain', optimizer: { sgd: { learningRate: 1e-3 } } },
    {
      name: 'clipped',
      clipping: { globalNorm: { threshold: 1 } },
      optimizer: { sgd: { learningRate: 1e-3 } },
    },
    { name: 'adam', optimizer: { adam: { learningRate: 0.1 } } },
  ],
  search: { tolerance: 0.001 },
};

describe('a comparison', () => {
  let one: TestService;
  let two: TestService;
  before(async () => {
    one = await startService();
    two = await startService({ WORKERS: '2' });
  });
  after(() => Promise.all([one.stop(), two.stop()]));

  /** What FullRun says to the same variant. */
  async function alone(i: number): Promise<{ result: Result; trace: Metrics }> {
    const { name: _, ...variant } = variants[i] as { name?: string };
    const { variants: __, ...rest } = request;
    const asked = { ...rest, ...variant, metrics: { ...shared.metrics, trace: true } };
    const [reply] = await overJson(one, fullRun, asked);
    const { trace, ...result } = reply as Result & { trace: Metrics };
    return { result, trace };
  }
  const withoutClock = ({ summary, ...result }: Result): object => ({
    ...result,
    summary: { ...summary, wallSeconds: 0, computeSeconds: 0 },
  });
  /** Regular rows; a last one off the stride is in the result. */
  const regular = (batches: readonly Metrics[]) =>
    joined(batches.filter(({ firstIteration, stride }) => firstIteration % stride === 0));

  for (const transport of Object.keys(STREAMS) as (keyof typeof STREAMS)[])
    test(`gives each variant what FullRun gives it, rows and result, over ${transport}`, async () => {
      const events = await eventsOf(transport, two, request);
      const names = variants.map(({ name }, i) => name ?? String(i));
      assert.deepEqual(events[0]?.accepted?.variants, names);
      for (const [i, name] of names.entries()) {
        const { result, trace } = await alone(i);
        const own = events.find(({ variant }) => variant?.name === name)?.variant?.result;
        assert.equal(own?.summary.digest, result.summary.digest, name);
        if (transport !== 'gRPC') assert.deepEqual(withoutClock(own as Result), withoutClock(result), name);
        const batches = events.flatMap(({ metrics }) => (metrics?.variant === name ? [metrics] : []));
        const { firstIteration, stride, columns } = regular(batches) as Metrics;
        assert.deepEqual({ firstIteration, stride }, { firstIteration: 0, stride: 4 });
        assert.deepEqual(
          columns.map(({ name, values }) => ({ name, values })),
          trace.columns,
          name,
        );
      }
    });

  test('has the start and the data for every variant where a single run takes them over', async () => {
    const raw = Buffer.from(Float64Array.from({ length: 40_000 }, (_, i) => Math.cos(i)).buffer).toString(
      'base64',
    );
    const features = { shape: [20_000, 2], raw };
    const targets = { shape: [20_000, 2], raw };
    for (const problem of [
      { objective: { quartic: {} }, start: [{ shape: [40_000], raw }] },
      { objective: { linearRegression: { data: { inline: { features, targets } } } } },
    ]) {
      const budget = { maxIterations: 5 };
      const optimizer = { sgd: { learningRate: 1e-3 } };
      const [reply] = await overJson(one, fullRun, { ...problem, budget, optimizer });
      const { digest } = (reply as Result).summary;
      const asked = { ...problem, budget, variants: new Array(3).fill({ optimizer }) };
      const tables = [await tableOf(two, asked), (await eventsOf('gRPC', two, asked)).at(-1)?.summary?.rows];
      for (const table of tables)
        assert.deepEqual(
          table?.map((row) => row.digest),
          [digest, digest, digest],
        );
    }
  });

  test('says accepted first, the rows of a variant before its result, and the table last', async () => {
    const events = await eventsOf('NDJSON', two, request);
    const kinds = namesOf(events);
    assert.deepEqual([kinds[0], kinds.at(-1)], ['accepted', 'summary']);
    assert.equal(kinds.filter((kind) => kind === 'variant').length, variants.length);
    const finished = new Set<string>();
    for (const { metrics, variant } of events) {
      if (variant !== undefined) finished.add(variant.name);
      if (metrics !== undefined) assert.ok(!finished.has(metrics.variant), metrics.variant);
    }
  });

  test('has the same table with one thread and with two, over all transports', async () => {
    for (const asked of [request, searching]) {
      const expected = (await tableOf(one, asked)).map(timeless);
      assert.equal(expected.length, asked.variants.length);
      assert.deepEqual((await tableOf(two, asked)).map(timeless), expected);
      for (const transport of Object.keys(STREAMS) as (keyof typeof STREAMS)[]) {
        const table = (await eventsOf(transport, two, asked)).at(-1)?.summary?.rows ?? [];
        assert.deepEqual(table.map(timeless), expected, transport);
      }
    }
  });

  test('says in the table what the results say', async () => {
    const table = await tableOf(two, request);
    for (const [i, row] of table.entries()) {
      const { result } = await alone(i);
      const { reason, iterations, value, bestValue, gradientNorm } = result;
      const { clippedFraction, digest } = result.summary;
      assert.deepEqual(
        [row.reason, row.iterations, row.value, row.bestValue, row.gradientNorm],
        [reason, iterations, value, bestValue, gradientNorm],
      );
      assert.deepEqual([row.clippedFraction, row.digest, row.stable], [clippedFraction, digest, true]);
      assert.ok((row.computeSeconds as number) > 0);
    }
  });

  test('is gradient descent against clipped gradient descent when nobody says otherwise', async () => {
    const x4 = { objective: { quartic: {} }, start: [[10]], learningRate: 0.05, threshold: 1 };
    const budget = { maxIterations: 1000, gradientTolerance: 1e-3 };
    const [plain, clipped] = (await tableOf(two, { ...x4, budget })) as [VariantRow, VariantRow];
    assert.deepEqual([plain.name, plain.reason, plain.stable], ['gradientDescent', 'DIVERGED', false]);
    assert.equal(plain.iterationsToTolerance, undefined);
    assert.deepEqual(
      [clipped.name, clipped.reason, clipped.stable],
      ['clippedGradientDescent', 'CONVERGED', true],
    );
    assert.deepEqual([clipped.iterations, clipped.iterationsToTolerance], [808, 808]);
    const spelled = {
      objective: x4.objective,
      start: x4.start,
      budget,
      variants: [
        { name: 'gradientDescent', optimizer: { sgd: { learningRate: 0.05 } } },
        {
          name: 'clippedGradientDescent',
          clipping: { globalNorm: { threshold: 1 } },
          optimizer: { sgd: { learningRate: 0.05 } },
        },
      ],
    };
    assert.deepEqual((await tableOf(one, spelled)).map(timeless), [plain, clipped].map(timeless));
  });

  test('counts iterations to the target and to the tolerance, each where it was reached', async () => {
    const x4 = { objective: { quartic: {} }, start: [[10]], learningRate: 0.05 };
    const budgets = [
      { maxIterations: 5000, targetValue: 1 },
      { maxIterations: 5000, gradientTolerance: 1e-3 },
      { maxIterations: 100, gradientTolerance: 1e-3, targetValue: 1 },
      // Both at x = 0.0629..., of which the tolerance is looked at first.
      { maxIterations: 5000, gradientTolerance: 1e-3, targetValue: 0.0000157284 },
    ];
    const reached = [];
    for (const budget of budgets) {
      const [, clipped] = await tableOf(two, { ...x4, budget });
      reached.push([clipped?.iterationsToTolerance, clipped?.iterationsToTarget]);
    }
    // x falls by 0.05 from 10, so x <= 1 after 180 steps and the next is none too many.
    const [target, tolerance, neither, both] = reached;
    assert.equal(target?.[0], undefined);
    assert.ok(Math.abs((target?.[1] as number) - 180) <= 1);
    assert.deepEqual(
      [tolerance, neither, both],
      [
        [808, undefined],
        [undefined, undefined],
        [808, 808],
      ],
    );
  });

  test('estimates the sum of its runs, and computes nothing, when it is only to be validated', async () => {
    const events = await eventsOf('NDJSON', two, { ...request, validateOnly: true });
    assert.deepEqual(namesOf(events), ['accepted']);
    let sum = 0;
    let greatest = 0;
    for (const { name: _, ...variant } of variants as { name?: string }[]) {
      const { variants: __, ...rest } = request;
      const [reply] = await overJson(one, fullRun, { ...rest, ...variant, validateOnly: true });
      const { estimate } = reply as { estimate: { floatingPointOperations: number; bytes: number } };
      sum += estimate.floatingPointOperations;
      greatest = Math.max(greatest, estimate.bytes);
    }
    assert.deepEqual(events[0]?.accepted?.estimate, { floatingPointOperations: sum, bytes: greatest });
  });

  test('returns the rows of all variants in one reply when it is asked to', async () => {
    const asked = { ...request, metrics: { ...shared.metrics, trace: true } };
    const response = await fetch(`${two.http}/v1/compare`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    });
    const { traces } = (await response.json()) as { traces: (Metrics & { variant: string })[] };
    for (const [i, { variant, ...trace }] of traces.entries()) {
      assert.equal(variant, variants[i]?.name ?? String(i));
      assert.deepEqual(trace, (await alone(i)).trace);
    }
    assert.equal(traces.length, variants.length);
  });
});
