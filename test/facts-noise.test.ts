import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertClose } from './support/golden.js';
import { startService, type TestService } from './support/service.js';
import { column, grpc, type Run, rest } from './support/transports.js';

const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** f = x²/2, whose gradient is x: what the noise of a run does to clipped descent. */
describe('noise on gradients', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const run = (start: number, noise: object, threshold: number | null, more: object = {}): Promise<Run> =>
    rest(service).run({
      objective: { quadratic: { diagonal: [1] } },
      start: [[start]],
      noise,
      clipping: threshold === null ? { none: {} } : { globalNorm: { threshold } },
      optimizer: { sgd: { learningRate: 0.01 } },
      budget: { maxIterations: 60_000 },
      metrics: { fields: ['parameterNorm', 'evaluation'], trace: true },
      ...more,
    });
  /** The mean of |x|, which is x where x > 0, over the second half. */
  const plateau = ({ trace }: Run): number => {
    const x = column(trace, 'parameterNorm');
    return mean(x.slice(x.length / 2));
  };
  const asymmetric = { scale: 2, probability: 0.1 };

  it('clipping is biased by σ²/(4c), however long the run; without clipping nothing is', async () => {
    // p = 0.1, a = 2, c = 1: σ² = 4/9, and E clip = 0 at x = 1/9.
    const clipped = plateau(await run(0.5, { twoPoint: asymmetric }, 1));
    assert.ok(Math.abs(clipped - 1 / 9) < 0.01, `${clipped}`);
    const free = await run(0.5, { twoPoint: asymmetric }, null);
    // E x = 0; what is left is the spread of one learning rate.
    assert.ok(plateau(free) < 0.06, `${plateau(free)}`);
  });

  it('the stationary point of two-point noise: E clip(1/9 + ξ) = 0, and the bias is within its bound', async () => {
    const clip = async (gradient: number): Promise<number> => {
      const request = { gradients: [[gradient]], clipping: { globalNorm: { threshold: 1 } } };
      return (await rest(service).clip(request)).gradients[0]?.values?.[0] as number;
    };
    const { scale: a, probability: p } = asymmetric;
    const low = (-a * p) / (1 - p);
    const variance = p * a * a + (1 - p) * low * low;
    const mean = async (x: number): Promise<number> =>
      p * (await clip(x + a)) + (1 - p) * (await clip(x + low));
    assertClose([variance, variance / 4], [4 / 9, 1 / 9], { rtol: 1e-12 }, 'σ² and σ²/(4c)');
    assert.ok(Math.abs(await mean(1 / 9)) <= 1e-15, `${await mean(1 / 9)}`);
    // A stationary g has g = ‖E clip - g‖ <= σ²/(4(c - g)), so it is below the root.
    const root = (1 - Math.sqrt(1 - variance)) / 2;
    assertClose([root], [0.12732200375003505], { rtol: 1e-12 }, 'upper root');
    for (const x of [-0.9, -0.5, -0.1, 0, 0.05, 1 / 9, root, 0.5, 0.9]) {
      const bias = Math.abs((await mean(x)) - x);
      assert.ok(bias <= (variance / (4 * (1 - Math.abs(x)))) * (1 + 1e-12), `${bias} at ${x}`);
    }
    assert.ok((await mean(root)) > 0 && (await mean(0)) < 0);
  });

  it('averaging before clipping makes the bias smaller: σ²/B for σ²', async () => {
    const bias = async (samples: number): Promise<number> =>
      plateau(
        await run(0.5, { twoPoint: { ...asymmetric, samples } }, 1, {
          optimizer: { sgd: { learningRate: 0.001 } },
        }),
      );
    const [one, many] = [await bias(1), await bias(16)];
    assert.ok(one > 0.09 && many < one / 3, `${one} for one, ${many} for 16`);
  });

  it('symmetric noise beyond the threshold stalls anywhere in |x| <= σ - c', async () => {
    // Every clipped gradient is ±1: no drift from 0.5, where the mean of 16 drives x to 0.
    const still = { budget: { maxIterations: 2000 }, optimizer: { sgd: { learningRate: 0.001 } } };
    const stalled = plateau(await run(0.5, { twoPoint: { scale: 2 } }, 1, still));
    assert.ok(Math.abs(stalled - 0.5) < 0.1, `${stalled}`);
    const long = { budget: { maxIterations: 20_000 }, optimizer: { sgd: { learningRate: 0.001 } } };
    const averaged = plateau(await run(0.5, { twoPoint: { scale: 2, samples: 16 } }, 1, long));
    assert.ok(averaged < 0.05, `${averaged}`);
  });

  it('under infinite variance the clipped run stays near, the other is thrown out', async () => {
    const tail = { heavyTail: { scale: 1, degrees: 1.5 } };
    const farthest = async (threshold: number | null): Promise<number> =>
      Math.max(...column((await run(1, tail, threshold)).trace, 'parameterNorm'));
    const [clipped, free] = [await farthest(1), await farthest(null)];
    assert.ok(clipped < 1.5 && free > 3, `${clipped} and ${free}`);
  });

  it('has the moments that it says, and leaves value and exact gradient alone', async () => {
    for (const [noise, variance] of [
      [{ gaussian: { scale: 3 } }, 9],
      [{ gaussian: { scale: 3, samples: 4 } }, 9 / 4],
      [{ twoPoint: { scale: 2, probability: 0.1 } }, 4 / 9],
      [{ heavyTail: { scale: 1, degrees: 5 } }, 5 / 3],
    ] as const) {
      const { trace } = await run(1, noise, null, {
        optimizer: { sgd: { learningRate: 0 } },
        budget: { maxIterations: 20_000 },
      });
      // The gradient is 1 + ξ.
      const squares = mean(column(trace, 'gradientNorm').map((norm) => norm * norm));
      assert.ok(
        Math.abs(squares - 1 - variance) < 0.1 * (1 + variance),
        `${JSON.stringify(noise)}: ${squares}`,
      );
      assert.deepEqual(new Set(column(trace, 'exactGradientNorm')), new Set([1]));
      assert.deepEqual(new Set(column(trace, 'value')), new Set([0.5]));
    }
  });

  it('follows from the seed alone, over both transports', async () => {
    const digest = async (seed: number, every: number): Promise<string> =>
      (
        await run(1, { gaussian: { scale: 1 } }, 1, {
          seed,
          budget: { maxIterations: 50 },
          metrics: { every },
        })
      ).result.summary.digest;
    const there = await grpc(service, 'values').run({
      objective: { quadratic: { diagonal: [1] } },
      start: [{ shape: [1], values: [1] }],
      noise: { gaussian: { scale: 1 } },
      clipping: { globalNorm: { threshold: 1 } },
      optimizer: { sgd: { learningRate: 0.01 } },
      budget: { maxIterations: 50 },
      seed: 7,
    });
    assert.equal(await digest(7, 1), there.result.summary.digest);
    assert.equal(await digest(7, 1), await digest(7, 13));
    assert.notEqual(await digest(7, 1), await digest(8, 1));
  });
});
