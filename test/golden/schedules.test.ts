import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, type Tolerance } from '../support/golden.js';
import { type Case, translated } from '../support/golden-schedules.js';
import { column, type Transport } from '../support/transports.js';

const TOLERANCE: Readonly<Record<Case['lib'], Tolerance>> = {
  torch: { rtol: 1e-12, atol: 1e-15 },
  optax: { rtol: 2e-6, atol: 1e-7 },
};
const { cases } = readGolden<{ cases: readonly Case[] }>('schedules');
const expectedOf = ({ lib, lr, value }: Case): readonly number[] => (lib === 'torch' ? lr : value);

/** A run whose value at iteration k is `metrics[k]`: one row a mini-batch, and clipping to 0 keeps it where it is. */
async function runThrough(api: Transport, metrics: readonly number[], rest: object) {
  const run = (targets: readonly number[]) =>
    api.run({
      objective: {
        linearRegression: {
          data: {
            inline: {
              features: api.tensor({ shape: [targets.length, 1], data: targets.map(() => 0) }),
              targets: api.tensor({ shape: [targets.length], data: targets }),
            },
          },
          batchSize: 1,
        },
      },
      clipping: { globalNorm: { threshold: 0 } },
      budget: { maxIterations: targets.length - 1 },
      metrics: { trace: true },
      ...rest,
    });
  // The value of a row is half its squared target, so a first run tells which row comes when.
  const order = column((await run(metrics.map((_, i) => i + 1))).trace, 'value').map(
    (half) => Math.round(Math.sqrt(2 * half)) - 1,
  );
  const targets = metrics.map(() => 0);
  order.forEach((row, k) => {
    targets[row] = Math.sqrt(2 * (metrics[k] as number));
  });
  const { trace } = await run(targets);
  assertClose(column(trace, 'value'), metrics, { rtol: 1e-15 }, 'the values of the run');
  return trace;
}

overBoth('a schedule sets the learning rate of each step', (api) => {
  for (const c of cases) {
    const title = `${c.id}: as ${c.schedule} of ${c.lib} with ${JSON.stringify(c.hyper)}`;
    const { base, schedule } = translated(c);
    const optimizer = { sgd: { learningRate: base } };
    const expected = expectedOf(c);

    test(`FullRun, ${title}`, async () => {
      const settings = { optimizer, schedule };
      const trace =
        c.metrics === undefined
          ? (
              await api().run({
                // So flat that 60 steps of any of these rates move nothing and the run goes to its end.
                objective: { quadratic: { diagonal: [1e-6] } },
                budget: { maxIterations: expected.length - 1 },
                metrics: { trace: true },
                ...settings,
              })
            ).trace
          : await runThrough(api(), c.metrics, settings);
      assertClose(column(trace, 'learningRate'), expected, TOLERANCE[c.lib], c.id);
    });

    test(`GradientStep, ${title}`, async () => {
      const { step, tensor } = api();
      const rates: number[] = [];
      let state: unknown;
      for (let t = 0; t < expected.length; t++) {
        const reply = await step({
          parameters: [tensor({ shape: [1], data: [1] })],
          gradients: [tensor({ shape: [1], data: [1] })],
          optimizer,
          schedule,
          ...(c.metrics !== undefined && { value: c.metrics[t] }),
          ...(state !== undefined && { state }),
        });
        state = reply.state;
        rates.push(reply.metrics.learningRate);
      }
      assertClose(rates, expected, TOLERANCE[c.lib], c.id);
    });
  }

  test('in all of the 29 cases, 15 of torch and 14 of optax', () => {
    const count = (lib: Case['lib']): number => cases.filter((c) => c.lib === lib).length;
    assert.deepEqual([count('torch'), count('optax')], [15, 14]);
  });
});
