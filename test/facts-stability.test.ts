import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { tableOf, type VariantRow } from './support/comparisons.js';
import { startService, type TestService } from './support/service.js';

/** The largest stable learning rate of gradient descent, where theory knows it. */
describe('the largest stable learning rate', () => {
  let service: TestService;
  before(async () => {
    service = await startService({ WORKERS: '2' });
  });
  after(() => service.stop());

  interface Searched extends VariantRow {
    readonly largestStableLearningRate: number;
    readonly smallestUnstableLearningRate: number;
  }
  async function search(
    objective: object,
    start: number[],
    more: object = {},
  ): Promise<[Searched, Searched]> {
    const table = await tableOf(service, {
      objective,
      start: [start],
      budget: { maxIterations: 2000 },
      metrics: { every: 1000 },
      search: { tolerance: 1e-6 },
      ...more,
    });
    return table as [Searched, Searched];
  }
  function assertBrackets(row: Searched, limit: number, tolerance = 1e-6): void {
    const { largestStableLearningRate: stable, smallestUnstableLearningRate: unstable } = row;
    const ulps = 4 * Number.EPSILON * limit;
    assert.ok(stable <= limit + ulps && limit - ulps < unstable, `${stable} <= ${limit} < ${unstable}`);
    assert.ok(unstable <= stable * (1 + tolerance));
    assert.equal(row.searchEnded, 'BRACKETED');
  }

  it('of L x²/2 is 2/L, as far as so many iterations can tell', async () => {
    // f(x_k) = (γ L - 1)^(2k) f(x_0), which after 2000 iterations is 2 f(x_0) at:
    const edge = (l: number): number => (1 + 2 ** (1 / 4000)) / l;
    for (const l of [0.01, 1, 10, 3000]) {
      const [plain] = await search({ quadratic: { diagonal: [l] } }, [3]);
      assertBrackets(plain, edge(l));
      assert.ok(Math.abs((plain.largestStableLearningRate * l) / 2 - 1) < 1e-4);
    }
  });

  it('of a quadratic is 2 over the greatest eigenvalue', async () => {
    for (const [diagonal, start] of [
      [
        [1, 10, 100],
        [1, 1, 1],
      ],
      [
        [50, 0.1],
        [1, 1],
      ],
    ] as const) {
      const [plain] = await search({ quadratic: { diagonal } }, [...start]);
      const limit = 2 / Math.max(...diagonal);
      // The others start with a part of f, so the growing part takes a little longer to 2 f(x_0).
      assert.ok(
        Math.abs(plain.largestStableLearningRate / limit - 1) < 5e-4,
        `${plain.largestStableLearningRate}`,
      );
    }
  });

  it('of the hard instance from 5 is 2 · 5/f′(5)', async () => {
    for (const learningRate of [1e-4, 0.1, 50]) {
      const [plain] = await search({ hardInstance: {} }, [5], { learningRate });
      assertBrackets(plain, 0.18315638888734181);
    }
  });

  it('of x⁴ from 10 is 0.005, at which it jumps between 10 and -10 for ever and so stays', async () => {
    const [plain] = await search({ quartic: {} }, [10], { learningRate: 0.01 });
    assert.equal(plain.largestStableLearningRate, 0.005);
    assertBrackets(plain, 0.005);
    for (const learningRate of [0.003, 7])
      assertBrackets((await search({ quartic: {} }, [10], { learningRate }))[0], 0.005);
  });

  it('of clipped descent is many times that', async () => {
    const [plain, clipped] = await search({ quartic: {} }, [10], { threshold: 1 });
    assert.ok(clipped.largestStableLearningRate > 1000 * plain.largestStableLearningRate);
    // It steps between 10 and 10 - γ, where x⁴ is 2 · 10⁴ at most.
    assertBrackets(clipped, 10 + 10 * 2 ** 0.25);
  });

  it('is searched for to a tolerance, between bounds, in trials as long as the request says', async () => {
    const quadratic = { quadratic: { diagonal: [1] } };
    const [usual] = await search(quadratic, [3], { search: {} });
    assertBrackets(usual, (1 + 2 ** (1 / 4000)) / 1, 0.01);
    const [up] = await search(quadratic, [3], { search: { upper: 0.5 } });
    assert.deepEqual([up.searchEnded, up.largestStableLearningRate], ['UPPER', 0.5]);
    assert.equal(up.smallestUnstableLearningRate, undefined);
    const [down] = await search(quadratic, [3], { search: { lower: 4 } });
    assert.deepEqual([down.searchEnded, down.smallestUnstableLearningRate, down.trials], ['LOWER', 4, 1]);
    assert.equal(down.largestStableLearningRate, undefined);
    // (γ - 1)² = 2 after a single iteration.
    const [short] = await search(quadratic, [3], { search: { tolerance: 1e-6, iterations: 1 } });
    assertBrackets(short, 1 + Math.SQRT2);
  });

  it('is another for every rule and optimizer, and leaves the runs as they are', async () => {
    const variants = [
      { name: 'plain', optimizer: { sgd: { learningRate: 0.1 } } },
      { name: 'heavy', optimizer: { sgd: { learningRate: 0.1, momentum: 0.5 } } },
      { name: 'adam', optimizer: { adam: { learningRate: 0.1 } } },
    ];
    const quadratic = { quadratic: { diagonal: [2] } };
    const table = await search(quadratic, [3], { variants });
    const without = await search(quadratic, [3], { variants, search: undefined });
    assert.deepEqual(
      table.map(({ digest }) => digest),
      without.map(({ digest }) => digest),
    );
    const [plain, heavy] = table;
    assert.ok(Math.abs(plain.largestStableLearningRate - 1) < 1e-3);
    // Polyak: 2 (1 + μ)/L.
    assert.ok(Math.abs(heavy.largestStableLearningRate - 1.5) < 2e-3, `${heavy.largestStableLearningRate}`);
  });
});
