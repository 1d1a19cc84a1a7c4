import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { schedules } from '../../src/core/schedules/index.js';
import { startService, type TestService } from '../support/service.js';
import { column, rest } from '../support/transports.js';

const STEPS = 400;

describe('every schedule', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example, params, build } of schedules.plugins) {
    test(`${kind}: the learning rate of every iteration is finite and not negative`, async () => {
      const { trace } = await rest(service).run({
        objective: { quadratic: {} },
        optimizer: { sgd: { learningRate: 0.01 } },
        schedule: { [kind]: example },
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
      const schedule = build(params.parse(example));
      const memory = schedule.init?.() ?? [];
      for (let step = 0; step <= 4294967295; step = step < 1000 ? step + 1 : Math.ceil(1.37 * step)) {
        const rate = schedule.rate(0.01, step, 1, memory);
        assert.ok(Number.isFinite(rate) && rate >= 0, `step ${step}: ${rate}`);
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
          schedule: { [kind]: example },
          value: 1,
          ...(state !== undefined && { state }),
        });
        assert.equal(reply.metrics.learningRate, rate(0.01, step, 1, memory));
        assert.equal(reply.metrics.step, step + 1);
        state = reply.state;
      }
    });
  }
});
