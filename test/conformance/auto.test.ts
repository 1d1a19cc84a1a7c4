import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectives } from '../../src/core/objectives/index.js';
import { assertClose } from '../support/golden.js';
import type { Auto } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';
import { grpc, rest } from '../support/transports.js';

/** They need data of their own, and more time than a test has. */
const LEARNING = ['recurrent', 'languageModel', 'residualNetwork'];

describe('the optimizer auto', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const { kind, example } of objectives.plugins)
    if (!LEARNING.includes(kind))
      for (const clipping of [{ none: {} }, { globalNorm: { threshold: 1 } }])
        test(`${kind} under ${Object.keys(clipping)} converges, and the result says how`, async () => {
          const { result } = await rest(service).run({
            objective: { [kind]: example },
            clipping,
            optimizer: { auto: {} },
            budget: { maxIterations: 30_000, gradientTolerance: 1e-4 },
          });
          const { method, why } = result.auto as Auto;
          assert.equal(result.reason, 'CONVERGED', `${method}: ${why}`);
          assert.ok(why.length > 10);
        });

  const quartic = { objective: { quartic: {} }, optimizer: { auto: {} } };

  test('under clipping it takes the recommended learning rate, for which the bound holds', async () => {
    for (const transport of [rest(service), grpc(service, 'values')]) {
      const { result } = await transport.run({
        ...quartic,
        start: [transport.tensor({ shape: [1], data: [10] })],
        clipping: { globalNorm: { threshold: 1 } },
        budget: { gradientTolerance: 1e-3 },
        metrics: { fields: ['bound'] },
      });
      const { method, learningRate } = result.auto as Auto;
      assert.equal(method, 'CLIPPED_DESCENT');
      assertClose([learningRate as number], [Math.LN2 / 4.762203155904599], { rtol: 1e-12 }, 'γ');
      assert.ok(Math.abs(result.iterations - 276) <= 1);
      assert.equal(result.bound?.held, true);
    }
  });

  test('without clipping it needs fewer steps than with any one pair', async () => {
    const { result } = await rest(service).run({
      ...quartic,
      start: [[10]],
      budget: { gradientTolerance: 1e-3 },
    });
    assert.equal(result.auto?.method, 'ADAPTIVE_STEP');
    // 152 with (4, 2).
    assert.ok(result.iterations < 40, `${result.iterations}`);
  });

  test('every step of the frontier decreases the value', async () => {
    for (const objective of [
      { quartic: {} },
      { cosh: { a: 2.5 } },
      { hardInstance: {} },
      { doubleWell: {} },
    ]) {
      const { trace } = await rest(service).run({
        objective,
        optimizer: { auto: {} },
        budget: { maxIterations: 200, gradientTolerance: 1e-5 },
        metrics: { trace: true },
      });
      const values = trace?.columns[0]?.values as readonly number[];
      for (let k = 1; k < values.length; k++)
        assert.ok((values[k] as number) <= (values[k - 1] as number), `${Object.keys(objective)}, ${k}`);
    }
  });

  test('it says why it searches, and that there is nothing to find', async () => {
    const why = async (request: object): Promise<string> =>
      (await rest(service).run({ optimizer: { auto: {} }, budget: { maxIterations: 3 }, ...request })).result
        .auto?.why ?? '';
    assert.match(await why({ objective: { rosenbrock: {} } }), /not \(L0, L1\)-smooth/);
    assert.match(await why({ objective: { himmelblau: {} } }), /constants|smooth/);
    assert.match(await why({ ...quartic, clipping: { value: { threshold: 1 } } }), /under value/);
    assert.match(await why({ objective: { cubic: {} } }), /unbounded below/);
  });
});
