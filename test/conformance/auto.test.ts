import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectives } from '../../src/core/objectives/index.js';
import { assertClose } from '../support/golden.js';
import type { Auto } from '../support/replies.js';
import { startService, type TestService } from '../support/service.js';
import { column, grpc, rest } from '../support/transports.js';

/** They take more time than a test has to converge: here they learn a little. */
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

  for (const { kind, example } of objectives.plugins)
    if (LEARNING.includes(kind))
      test(`${kind} gets better without a constant from anybody, or the result says why not`, async () => {
        const { result, trace } = await rest(service).run({
          objective: { [kind]: example },
          optimizer: { auto: {} },
          budget: { maxIterations: 5 },
          metrics: { trace: true },
        });
        assert.equal(result.auto?.method, 'LINE_SEARCH');
        assert.match(result.auto?.why ?? '', /no constants|not \(L0, L1\)-smooth/);
        // Steps that suit one mini-batch of a text do not suit the next, and the result says so.
        if (kind === 'languageModel') assert.match(result.auto?.why ?? '', /mini-batch/);
        else assert.ok(result.bestValue < (column(trace, 'value')[0] as number));
      });

  /** Other starts and dimensions than the objectives' own. */
  for (const [kind, params, start] of [
    ['quartic', {}, [-3, 5, 0.1]],
    ['quadratic', { diagonal: [1, 10, 100] }, [1e3, 1e-3, 7]],
    ['rosenbrock', {}, [1.2, 0.8, 1.1, 1.3, 0.9, 0.7, 1, 1]],
    ['hardInstance', {}, [20, -9, 4]],
    ['power', { p: 2.5 }, [7, -2]],
    ['power', { p: 8 }, [5]],
    ['cosh', {}, [30, 2]],
    ['exponential', {}, [10, -5]],
    ['doubleWell', {}, [10, 0.01, -4]],
    ['polynomial', { coefficients: [0, 2.5, -8, 0, 0.5] }, [8, 0.2]],
    ['himmelblau', {}, [10, -10]],
    ['beale', {}, [4, -1]],
    ['rastrigin', {}, [2.2, -4.7, 0.3]],
    ['ackley', {}, [15, -20, 4]],
    ['cliff', {}, [-2, 1]],
    ['scalarRnn', { steps: 9 }, [1.5]],
  ] as const)
    for (const clipping of [{ none: {} }, { value: { threshold: 1 } }])
      test(`${kind} from ${start.join(', ')} under ${Object.keys(clipping)} converges`, async () => {
        const { result } = await rest(service).run({
          objective: { [kind]: params },
          start: [[...start]],
          clipping,
          optimizer: { auto: {} },
          budget: { maxIterations: 50_000, gradientTolerance: 1e-4 },
        });
        assert.equal(result.reason, 'CONVERGED', result.auto?.why);
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
    for (const objective of [
      { cubic: {} },
      { logSumExp: {} },
      { polynomial: { coefficients: [0, 0, 0, 1] } },
      { polynomial: { coefficients: [0, 0, -1] } },
    ])
      assert.match(await why({ objective, start: [[1]] }), /unbounded below/);
  });
});
