import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose } from '../support/golden.js';
import type { StepReply } from '../support/replies.js';
import { bytesOf, type Numbers } from '../support/tensors.js';
import { column } from '../support/transports.js';

const vector = (...data: number[]): Numbers => ({ shape: [data.length], data });
const floats = (...data: number[]): Numbers => ({ ...vector(...data), dtype: 'float32' });
const none = { none: {} };
const MAX = Number.MAX_VALUE;
const TINY = Number.MIN_VALUE;

overBoth('loss scale and micro-batches', (api) => {
  const clipped = async (request: object): Promise<number[][]> => {
    const { gradients } = await api().clip({ clipping: none, ...request });
    return gradients.map((tensor) => api().numbers(tensor));
  };
  const micro = (...batches: Numbers[][]) => batches.map((batch) => batch.map(api().tensor));

  test('the gradient is divided by the loss scale before anything looks at it', async () => {
    const gradients = [api().tensor(vector(3072, 4096))];
    const request = { gradients, lossScale: 1024, clipping: { globalNorm: { threshold: 1 } } };
    const { reports } = await api().clip(request);
    assert.equal(reports[0]?.norm, 5);
    assertClose((await clipped(request))[0] ?? [], [0.6, 0.8], { rtol: 1e-15 }, 'clipped');
    const skipped = await api().clip({ ...request, skip: { maxNorm: 5.1 } });
    assert.equal(skipped.skip?.skipped, false);
    const stepped = await api().step({
      ...request,
      clipping: none,
      parameters: [api().tensor(vector(1, 1))],
      optimizer: { sgd: { learningRate: 1 } },
    });
    assert.deepEqual(api().numbers(stepped.parameters[0]), [-2, -3]);
  });

  test('a loss scale below 1 may overflow, which the policy sees', () =>
    assert.rejects(clipped({ gradients: [api().tensor(vector(1e300))], lossScale: 1e-10 }), /is Infinity/));

  test('means of great numbers do not overflow', async () => {
    const accumulate = micro(
      [vector(1e308, MAX, MAX, -MAX)],
      [vector(1e308, MAX, -MAX, -MAX)],
      [vector(1.6e308, MAX, MAX, -MAX)],
    );
    const [mean = []] = await clipped({ accumulate });
    assertClose(mean, [1.2e308, MAX, MAX / 3, -MAX], { rtol: 1e-15 }, 'mean');
  });

  test('the mean keeps what only it can see: cancellation, subnormal numbers, the sign of zero', async () => {
    const accumulate = micro([vector(1, TINY, -0)], [vector(-1, 3 * TINY, -0)]);
    assert.deepEqual(await clipped({ accumulate }), [[0, 2 * TINY, -0]]);
  });

  test('float32 micro-batches are averaged in double precision and rounded once', async () => {
    const accumulate = micro([floats(1e8, 3e38)], [floats(1, 3e38)], [floats(-1e8, 3e38)]);
    const [mean = []] = await clipped({ accumulate, lossScale: 2 });
    assert.deepEqual(mean, [Math.fround(1 / 3 / 2), Math.fround(Math.fround(3e38) / 2)]);
  });

  test('one micro-batch is its own mean, names and shapes come back', async () => {
    const tensors = [{ name: 'w', ...vector(3, 4) }, floats(1)];
    const { gradients } = await api().clip({ accumulate: micro(tensors, tensors), clipping: none });
    assert.deepEqual(
      gradients.map(({ name, shape, dtype }) => [name, [...shape], dtype]),
      [
        ['w', [2], 'float64'],
        ['1', [1], 'float32'],
      ],
    );
    assert.deepEqual(await clipped({ accumulate: micro(tensors) }), [[3, 4], [1]]);
  });
});

overBoth('skipped gradients', (api) => {
  const request = (gradient: number[], more: object) => ({
    parameters: [api().tensor(vector(1, 2))],
    gradients: [api().tensor(vector(...gradient))],
    optimizer: { adam: { learningRate: 0.1 } },
    schedule: { cosine: { steps: 10 } },
    clipping: { quantile: {} },
    ...more,
  });
  const statesOf = ({ state, clippingState }: StepReply) => ({ state, clippingState });

  test('a skipped step leaves parameters and optimizer alone, and the next is as if it had not been', async () => {
    const { step, numbers } = api();
    const first = await step(request([3, 4], { skip: {} }));
    const bad = await step(request([Number.NaN, 4], { skip: {}, ...statesOf(first) }));
    assert.deepEqual(numbers(bad.parameters[0]), [1, 2]);
    assert.deepEqual(bytesOf(bad.state), bytesOf(first.state));
    assert.deepEqual(bad.skip, { skipped: true, consecutive: 1, total: 1, lastFinite: false });
    const { norm, scale, clippedNorm, clipped, nonFinite } = bad.reports[0] ?? {};
    assert.deepEqual([norm, scale, clippedNorm, clipped, nonFinite], [Number.NaN, 0, 0, true, 1]);
    const { updateNorm, learningRate, step: count } = bad.metrics;
    assert.deepEqual([updateNorm, learningRate, count], [0, bad.metrics.learningRate, 1]);

    const then = await step(request([5, 6], { skip: {}, ...statesOf(bad) }));
    const without = await step(request([5, 6], { skip: {}, ...statesOf(first) }));
    assert.deepEqual(numbers(then.parameters[0]), numbers(without.parameters[0]));
    assert.deepEqual([then.reports, then.metrics], [without.reports, without.metrics]);
    assert.deepEqual(bytesOf(then.state), bytesOf(without.state));
    assert.equal(learningRate, then.metrics.learningRate);
    assert.deepEqual(then.skip, { skipped: false, consecutive: 0, total: 1, lastFinite: true });
  });

  test('a threshold that follows the value does not see that of a skipped first step', async () => {
    const more = {
      clipping: { globalNorm: { threshold: 1 } },
      thresholdSchedule: { reduceOnPlateau: {} },
      skip: {},
    };
    const bad = await api().step(request([Number.NaN, 4], { ...more, value: 1 }));
    const then = await api().step(request([5, 6], { ...more, value: 2, ...statesOf(bad) }));
    const without = await api().step(request([5, 6], { ...more, value: 2 }));
    assert.deepEqual(bytesOf(then.state), bytesOf(without.state));
  });

  test('the first step may be skipped too', async () => {
    const bad = await api().step(request([Infinity, 4], { skip: {} }));
    assert.deepEqual([bad.metrics.step, api().numbers(bad.parameters[0])], [0, [1, 2]]);
    const then = await api().step(request([5, 6], { skip: {}, ...statesOf(bad) }));
    const fresh = await api().step(request([5, 6], { skip: {} }));
    assert.deepEqual([then.metrics, then.reports], [fresh.metrics, fresh.reports]);
  });

  test('skip comes before REJECT, and what is not skipped any more is refused', async () => {
    const skip = { maxConsecutive: 1 };
    const first = await api().step(request([Number.NaN, 4], { skip }));
    assert.equal(first.skip?.skipped, true);
    await assert.rejects(
      api().step(request([Number.NaN, 4], { skip, ...statesOf(first) })),
      /gradients\[0\]\.values\[0\] is NaN/,
    );
    const large = await api().step(request([Number.NaN, 4], { skip: { nonFinite: false, maxNorm: 9 } }));
    assert.deepEqual(large.skip, { skipped: true, consecutive: 1, total: 1, lastFinite: false });
    await assert.rejects(api().step(request([Number.NaN, 4], { skip: { nonFinite: false } })), /is NaN/);
  });

  test('a norm that no double holds is not a component that is not finite', async () => {
    const great = { gradients: [api().tensor(vector(1.5e308, 1.5e308))], clipping: none };
    assert.equal((await api().clip({ ...great, skip: {} })).skip?.skipped, false);
    assert.equal((await api().clip({ ...great, skip: { maxNorm: Infinity } })).skip?.skipped, true);
  });
});

overBoth('skipped steps of a run', (api) => {
  const run = (request: object) => api().run({ ...request, metrics: { trace: true } });
  const quartic = {
    objective: { quartic: {} },
    clipping: { percentile: {} },
    optimizer: { adam: { learningRate: 0.1 } },
    schedule: { cosine: { steps: 20 } },
  };

  test('rows that poison their mini-batch are left out, and counted', async () => {
    const features = [1, 2, 1e200, -1];
    const inline = {
      features: api().tensor({ shape: [4, 1], data: features }),
      targets: api().tensor(vector(1, 2, 1e200, 4)),
    };
    const request = {
      objective: { linearRegression: { data: { inline }, batchSize: 1 } },
      optimizer: { sgd: { learningRate: 0.01 } },
      budget: { maxIterations: 40 },
      seed: 5,
    };
    assert.equal((await run(request)).result.reason, 'DIVERGED');
    const { result, trace } = await run({ ...request, skip: {} });
    assert.deepEqual([result.reason, result.iterations], ['MAX_ITERATIONS', 40]);
    const norms = column(trace, 'gradientNorm');
    const bad = norms.flatMap((norm, k) => (norm < 1e100 || k === 40 ? [] : [k]));
    assert.equal(result.summary.skippedSteps, bad.length);
    assert.ok(bad.length >= 9 && bad.length <= 11, `${bad.length} of 40`);
    for (const name of ['clippedNorm', 'scale', 'updateNorm'])
      for (const k of bad) assert.equal(column(trace, name)[k], 0, `${name} of iteration ${k}`);
    assert.ok(result.parameters.flatMap(({ values = [] }) => values).every(Number.isFinite));
    assert.ok(Number.isFinite(result.summary.meanGradientNorm));
  });

  test('skipped iterations move no clock: afterwards the run is that of fewer iterations', async () => {
    const start = [api().tensor(vector(10))];
    const skip = { maxNorm: 3, maxConsecutive: 2 };
    const skipped = await run({ ...quartic, start, skip, budget: { maxIterations: 12 } });
    const plain = await run({ ...quartic, start, budget: { maxIterations: 10 } });
    assert.equal(skipped.result.summary.skippedSteps, 2);
    assert.deepEqual(api().numbers(skipped.result.parameters[0]), api().numbers(plain.result.parameters[0]));
    const means = [skipped, plain].map(({ result }) => result.summary.meanGradientNorm);
    assert.equal(means[0], means[1]);
  });

  test('a run that skips everything ends with its budget, where it began', async () => {
    const start = [api().tensor(vector(10))];
    const { result } = await run({ ...quartic, start, skip: { maxNorm: 3 }, budget: { maxIterations: 7 } });
    assert.deepEqual(
      [result.reason, result.iterations, result.summary.skippedSteps],
      ['MAX_ITERATIONS', 7, 7],
    );
    assert.deepEqual(api().numbers(result.parameters[0]), [10]);
    assert.deepEqual([result.summary.clippedFraction, result.summary.meanGradientNorm], [0, 4000]);
  });

  test('after too many in a row that are not finite the run has diverged', async () => {
    const start = [api().tensor(vector(1e150))];
    const { result } = await run({
      ...quartic,
      start,
      skip: { maxConsecutive: 3 },
      budget: { maxIterations: 7 },
    });
    assert.deepEqual([result.reason, result.iterations, result.summary.skippedSteps], ['DIVERGED', 3, 3]);
  });
});
