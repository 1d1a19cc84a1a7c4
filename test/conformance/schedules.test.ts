import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { z } from 'zod';
import { jsonSchema } from '../../src/app/json-schema.js';
import { clipping } from '../../src/core/clipping/index.js';
import { schedules } from '../../src/core/schedules/index.js';
import { suitedTo } from '../support/rule-requests.js';
import { startService, type TestService } from '../support/service.js';
import { column, rest } from '../support/transports.js';

const STEPS = 400;
/** Its gradient stays far above any rate of the examples. */
const STEEP = { quadratic: { diagonal: [1e-6], linear: [1e6] } };

describe('every schedule', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example, params, build } of schedules.plugins) {
    const schedule = { [kind]: example };

    test(`${kind}: the learning rate of every iteration is finite and not negative`, async () => {
      const { trace } = await rest(service).run({
        objective: { quadratic: {} },
        optimizer: { sgd: { learningRate: 0.01 } },
        schedule,
        budget: { maxIterations: STEPS },
        metrics: { trace: true },
      });
      const rates = column(trace, 'learningRate');
      assert.equal(rates.length, STEPS + 1);
      rates.forEach((rate, k) => {
        assert.ok(Number.isFinite(rate) && rate >= 0, `iteration ${k}: ${rate}`);
      });
    });

    test(`${kind}: stays so for as many steps as a run can have`, () => {
      const { rate, init } = build(params.parse(example));
      const memory = init?.() ?? [];
      for (let step = 0; step <= 4294967295; step = step < 1000 ? step + 1 : Math.ceil(1.37 * step)) {
        const now = rate(0.01, step, 1, memory);
        assert.ok(Number.isFinite(now) && now >= 0, `step ${step}: ${now}`);
      }
    });

    test(`${kind}: GradientStep counts its steps in the state`, async () => {
      const { rate, init } = build(params.parse(example));
      const memory = init?.() ?? [];
      let state: unknown;
      for (let step = 0; step < 5; step++) {
        const reply = await rest(service).step({
          parameters: [[1]],
          gradients: [[1]],
          optimizer: { sgd: { learningRate: 0.01 } },
          schedule,
          value: 1,
          ...(state !== undefined && { state }),
        });
        assert.equal(reply.metrics.learningRate, rate(0.01, step, 1, memory));
        assert.equal(reply.metrics.step, step + 1);
        state = reply.state;
      }
    });

    test(`${kind}: drives the threshold as it drives the learning rate`, async () => {
      const { trace } = await rest(service).run({
        objective: STEEP,
        clipping: { globalNorm: { threshold: 0.01 } },
        optimizer: { sgd: { learningRate: 0.01 } },
        schedule,
        thresholdSchedule: schedule,
        budget: { maxIterations: STEPS },
        metrics: { trace: true },
      });
      // The last row made no update.
      const [rates, norms] = ['learningRate', 'clippedNorm'].map((name) => column(trace, name).slice(0, -1));
      assert.deepEqual(norms, rates);
    });
  }
});

describe('a schedule of the threshold', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const FACTOR = 0.25;
  const step = {
    parameters: [
      [1, 2],
      [[3], [4]],
    ],
    gradients: [
      [300, -400],
      [[500], [-1200]],
    ],
    optimizer: { sgd: { learningRate: 1 } },
  };
  const run = { objective: STEEP, optimizer: step.optimizer, budget: { maxIterations: 20 } };
  const rules = clipping.plugins.map(({ kind, params, example }) => ({
    kind,
    example: example as { readonly threshold?: number },
    takesOne: 'threshold' in (jsonSchema(params as z.ZodType)['properties'] as object),
  }));

  for (const { kind, example } of rules.filter(({ takesOne }) => takesOne))
    test(`of ${kind} clips as the thresholds would that it gives`, async () => {
      const { threshold = 1 } = example;
      const plain = { clipping: { [kind]: { ...example, threshold } } };
      const direct = { clipping: { [kind]: { ...example, threshold: threshold * FACTOR } } };
      const scheduled = { ...plain, thresholdSchedule: { constant: { factor: FACTOR } } };
      const { step: take, run: descend } = rest(service);
      const parameters = async (rule: object) =>
        (await take(suitedTo(kind, { ...step, ...rule }) as object)).parameters;
      assert.deepEqual(await parameters(scheduled), await parameters(direct));
      assert.notDeepEqual(await parameters(scheduled), await parameters(plain));
      if (suitedTo(kind, run) === null) return;
      const digest = async (rule: object) => (await descend({ ...run, ...rule })).result.summary.digest;
      assert.equal(await digest(scheduled), await digest(direct));
      assert.notEqual(await digest(scheduled), await digest(plain));
    });

  test('of most rules there are', () => {
    assert.ok(rules.filter(({ takesOne }) => takesOne).length >= 3);
  });
});
