import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose, readGolden, type Tolerance } from '../support/golden.js';
import { column } from '../support/transports.js';

interface Case {
  readonly id: string;
  readonly lib: 'torch' | 'optax';
  readonly schedule: string;
  readonly base_lr: number;
  readonly hyper: Readonly<Record<string, number>>;
  readonly lr: readonly number[];
  readonly value: readonly number[];
}
interface Translated {
  readonly base: number;
  readonly schedule: object;
}

const TOLERANCE: Readonly<Record<Case['lib'], Tolerance>> = {
  torch: { rtol: 1e-12, atol: 1e-15 },
  optax: { rtol: 2e-6, atol: 1e-7 },
};
const TRANSLATIONS: Readonly<Record<string, (c: Case) => Translated>> = {
  CosineAnnealingLR: ({ base_lr, hyper: { T_max: steps, eta_min: minimum } }) => ({
    base: base_lr,
    schedule: { cosine: { steps, minimum, periodic: true } },
  }),
  cosine_decay_schedule: ({ hyper: { init_value: base = 0, decay_steps: steps, alpha = 0, exponent } }) => ({
    base,
    schedule: { cosine: { steps, minimum: alpha * base, exponent } },
  }),
  constant_schedule: ({ hyper: { value: base = 0 } }) => ({ base, schedule: { constant: {} } }),
};
const cases = readGolden<{ cases: readonly Case[] }>('schedules').cases.filter(
  ({ schedule }) => schedule in TRANSLATIONS,
);

overBoth('a schedule sets the learning rate of each step', (api) => {
  for (const c of cases)
    test(`${c.id}: as ${c.schedule} of ${c.lib} with ${JSON.stringify(c.hyper)}`, async () => {
      const { base, schedule } = (TRANSLATIONS[c.schedule] as (c: Case) => Translated)(c);
      const { trace } = await api().run({
        // So flat that 60 steps of any of these rates move nothing and the run goes to its end.
        objective: { quadratic: { diagonal: [1e-6] } },
        optimizer: { sgd: { learningRate: base } },
        schedule,
        budget: { maxIterations: 59 },
        metrics: { trace: true },
      });
      const expected = c.lib === 'torch' ? c.lr : c.value;
      assert.equal(expected.length, 60);
      assertClose(column(trace, 'learningRate'), expected, TOLERANCE[c.lib], c.id);
    });

  test('in all of the three schedules there are', () => {
    assert.equal(cases.length, 3);
  });

  test('GradientStep keeps the clock in its state', async () => {
    const { step, tensor } = api();
    const rates: number[] = [];
    let state: unknown;
    for (let t = 0; t < 5; t++) {
      const reply = await step({
        parameters: [tensor({ shape: [1], data: [1] })],
        gradients: [tensor({ shape: [1], data: [1] })],
        optimizer: { sgd: { learningRate: 2 } },
        schedule: { cosine: { steps: 4 } },
        ...(state !== undefined && { state }),
      });
      state = reply.state;
      rates.push(reply.metrics.learningRate);
    }
    const half = Math.SQRT1_2;
    assertClose(rates, [2, 1 + half, 1, 1 - half, 0], { rtol: 1e-12, atol: 1e-15 }, 'learning rates');
  });
});
