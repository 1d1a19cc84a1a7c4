import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertClose } from './support/golden.js';
import { startService, type TestService } from './support/service.js';
import { postJson, rest } from './support/transports.js';

interface Named {
  readonly learningRate: number;
  readonly iterations: number;
  readonly iterationsOfMean: number;
}
interface Recommendation {
  readonly l0: number;
  readonly l1: number;
  readonly form: string;
  readonly origin: string;
  readonly gap: number;
  readonly threshold: number;
  readonly learningRate: number;
  readonly bestThreshold: number;
  readonly bestThresholdOfMean: number;
  readonly clipped: readonly (Named & {
    readonly name: string;
    readonly theta: number;
    readonly kappa: number;
    readonly c1: number;
    readonly c2: number;
  })[];
  readonly alternatives: readonly (Named & { readonly method: string })[];
  readonly iterations: readonly number[];
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
}

describe('recommended step sizes', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const overRest = (request: object): Promise<Recommendation> => postJson(service, '/v1/step-size', request);
  const overGrpc = (request: object): Promise<Recommendation> =>
    service.grpc.unary('RecommendStepSize', request);
  const rates = ({ clipped }: Recommendation): number[] => clipped.map(({ learningRate }) => learningRate);
  const x0 = (value: number): object[] => [{ shape: [1], values: [value] }];

  async function iterationsOf(
    objective: object,
    start: number,
    request: object,
    tolerance: number,
  ): Promise<number> {
    const { result } = await rest(service).run({
      objective,
      start: [[start]],
      ...request,
      budget: { maxIterations: 50_000, gradientTolerance: tolerance },
    });
    assert.equal(result.reason, 'CONVERGED');
    return result.iterations;
  }
  const clippedAt = (threshold: number, learningRate: number): object => ({
    clipping: { globalNorm: { threshold } },
    optimizer: { sgd: { learningRate } },
  });

  it('x⁴: the best pair for c = 1, and the steps that it takes', async () => {
    for (const ask of [overRest, overGrpc]) {
      const reply = await ask({ objective: { quartic: {} }, start: x0(10), threshold: 1, epsilon: 1e-3 });
      assertClose([reply.l0 + reply.l1, reply.gap], [4.762203155904599, 1e4], { rtol: 1e-12 }, 'L0 + c L1');
      assert.deepEqual([reply.form, reply.origin, reply.threshold], ['HESSIAN', 'CLOSED_FORM', 1]);
      const [lecture = 0, best = 0] = rates(reply);
      assert.equal(reply.learningRate, best);
      for (const [rate, count] of [
        [lecture, 1735],
        [best, 276],
      ] as const) {
        const taken = await iterationsOf({ quartic: {} }, 10, clippedAt(1, rate), 1e-3);
        assert.ok(Math.abs(taken - count) <= 1, `${rate}: ${taken}`);
      }
    }
  });

  it('x⁴ with (4, 2): the step counts of the pair at c = 2', async () => {
    const reply = await overRest({ constants: { l0: 4, l1: 2 }, threshold: 2, gap: 1e4, epsilon: 1e-3 });
    const taken = await iterationsOf({ quartic: {} }, 10, clippedAt(2, reply.learningRate), 1e-3);
    assert.ok(Math.abs(taken - 411) <= 1, `${taken}`);
  });

  it('the hard instance: 314, 45 and 28 steps at θ = 1/9, ln 2 and 1', async () => {
    const objective = { hardInstance: {} };
    const reply = await overRest({ objective, threshold: 1, epsilon: 1e-6 });
    assert.deepEqual([reply.l0, reply.l1], [1, 1]);
    assertClose([reply.gap], [54.098150033144236], { rtol: 1e-12 }, 'Δ0');
    assertClose(rates(reply), [1 / 18, Math.LN2 / 2, 1 / 2], { rtol: 1e-15 }, 'γ');
    for (const [i, count] of [314, 45, 28].entries()) {
      const taken = await iterationsOf(objective, 5, clippedAt(1, rates(reply)[i] as number), 1e-6);
      assert.ok(Math.abs(taken - count) <= 1, `${taken}, not ${count}`);
    }
  });

  it('a polynomial gets a certificate', async () => {
    const objective = { polynomial: { coefficients: [0, 0, 0, 0, 1] } };
    const reply = await overRest({ objective, gap: 1, threshold: 4, epsilon: 1 });
    assert.equal(reply.origin, 'CERTIFICATE');
    assertClose([reply.l0 + 4 * reply.l1], [12], { rtol: 1e-12 }, 'L0 + 4 L1');
    // (x² - x)² - (x² - x) is least where x² - x = 1/2, in each of the coordinates.
    const two = { polynomial: { coefficients: [0, 1, 0, -2, 1] } };
    const { gap } = await overRest({ objective: two, start: [[0, 1]], threshold: 1, epsilon: 1 });
    assertClose([gap], [0.5], { rtol: 1e-12 }, 'f(x0) - inf f');
  });

  it('κ, C1 and C2 of the lecture’s step in both forms, and the largest κθ of the Hessian form', async () => {
    for (const [form, kappa, c1, c2] of [
      ['FIRST_ORDER', 17 / 18, 1.0289915108550531, 1.0588235294117647],
      ['HESSIAN', 0.9423283813232272, 1.0301461985522258, 1.0612011903916019],
    ] as const)
      for (const ask of [overRest, overGrpc]) {
        const { clipped } = await ask({
          constants: { l0: 3, l1: 5, form },
          threshold: 2,
          gap: 7,
          epsilon: 1,
        });
        const [lecture, hessian] = clipped;
        assert.deepEqual([lecture?.name, hessian?.name], ['LECTURE', 'HESSIAN']);
        const { theta = 0, ...found } = lecture ?? {};
        assertClose(
          [theta, found.kappa, found.c1, found.c2] as number[],
          [1 / 9, kappa, c1, c2],
          { rtol: 1e-12 },
          form,
        );
        if (form === 'HESSIAN') {
          const { kappa: best = 0, theta: at = 0 } = hessian ?? {};
          assertClose(
            [best, best * at],
            [0.5573049591110365, 0.3862943611198906],
            { rtol: 1e-12 },
            'at ln 2',
          );
        }
      }
  });

  it('the sharp bound of the mean is 5 where the loose one is 7.5, and both forms of gradient descent', async () => {
    const curves = async (request: object, iterations: number): Promise<Record<string, number>> => {
      const reply = await overRest({ epsilon: 1, iterations: [iterations], ...request });
      return Object.fromEntries(reply.curves.map(({ name, values }) => [name, values[0] as number]));
    };
    // γ = 1 and κ = 1/2, so that s² = 2 Δ0/T.
    const constants = { l0: 1, l1: 0, form: 'FIRST_ORDER' };
    const far = await curves({ constants, gap: 4.5, threshold: 2 }, 1);
    assertClose(
      [far['CLIPPED'], far['CLIPPED_LOOSE']] as number[],
      [5, 7.5],
      { rtol: 1e-12 },
      's = 3, c = 2',
    );
    const near = await curves({ constants, gap: 0.5, threshold: 1 }, 100);
    assertClose([near['CLIPPED']] as number[], [0.1], { rtol: 1e-12 }, 's = 0.1, c = 1');
    const plain = await curves({ constants, gap: 1, threshold: 1 }, 100);
    const { GRADIENT_DESCENT: mean = 0, GRADIENT_DESCENT_LEAST: least = 0 } = plain;
    assertClose([least ** 2, mean ** 2], [0.013245033112582781, 0.02], { rtol: 1e-12 }, 'g²');
    const adaptive = await curves({ constants: { ...constants, l1: 2 }, gap: 0.05, threshold: 1 }, 1);
    assertClose(
      [adaptive['ADAPTIVE_FIRST_ORDER']] as number[],
      [0.43166247903554],
      { rtol: 1e-12 },
      'q = 0.1',
    );
  });

  it('x⁴ with (4, 2) from 10: the bounds of 1000 steps at c = 1, 10, 100', async () => {
    for (const [threshold, loose, sharp] of [
      [1, 596.9870772383749, 573.2986428114649],
      [10, 277.0963259784058, 231.71945712458597],
      [100, 334.4203981371183, 219.83653855589804],
    ] as const) {
      const constants = { l0: 4, l1: 2 };
      const reply = await overRest({ constants, threshold, gap: 1e4, epsilon: 1, iterations: [1000] });
      const [lecture] = reply.clipped;
      const values = reply.curves.find(({ name }) => name === 'CLIPPED_LECTURE')?.values ?? [];
      assertClose(values, [loose], { rtol: 1e-12 }, `c = ${threshold}`);
      const { learningRate = 0, kappa = 0, c1 = 0, c2 = 0 } = lecture ?? {};
      assertClose([learningRate], [1 / (9 * (4 + 2 * threshold))], { rtol: 1e-12 }, 'γ');
      const a = 1e4 / learningRate / 1000;
      assertClose([c1 * Math.sqrt(a) + (c2 * a) / threshold], [loose], { rtol: 1e-12 }, 'C1 and C2');
      assertClose([a / kappa / threshold + threshold / 4], [sharp], { rtol: 1e-12 }, 'sharp');
    }
  });

  it('the greatest gradient below f(x0) with (1, 2) and a gap of 3, from the step of gradient descent', async () => {
    const constants = { l0: 1, l1: 2, form: 'FIRST_ORDER' };
    const { alternatives } = await overRest({ constants, gap: 3, threshold: 1, epsilon: 1 });
    const { learningRate = 0 } = alternatives.find(({ method }) => method === 'GRADIENT_DESCENT') ?? {};
    assertClose([(1 / learningRate - 1) / 2], [12.48074069840786], { rtol: 1e-12 }, 'G');
  });

  it('what is guaranteed: constants, iterations, curves', async () => {
    const reply = await overRest({
      constants: { l0: 1, l1: 2, form: 'FIRST_ORDER' },
      gap: 1,
      threshold: 3,
      epsilon: 0.1,
      iterations: [20, 5000],
    });
    assertClose(
      reply.clipped.map(({ kappa }) => kappa),
      [17 / 18, 1 - Math.LN2 / 2, 1 / 2],
      { rtol: 1e-14 },
      'κ',
    );
    const method = (name: string): Named | undefined =>
      reply.alternatives.find((one) => one.method === name) as Named | undefined;
    const curve = (name: string): readonly number[] =>
      reply.curves.find((one) => one.name === name)?.values ?? [];
    // Δ0 = 1 over 20 steps is q = 0.1.
    assertClose(
      [curve('ADAPTIVE_FIRST_ORDER')[0] as number],
      [0.43166247903554],
      { rtol: 1e-13 },
      'adaptive',
    );
    // L0 + L1 G with G = L1 + √(L1² + 2 L0).
    const l = 1 + 2 * (2 + Math.sqrt(6));
    assertClose([method('GRADIENT_DESCENT')?.learningRate as number], [1 / l], { rtol: 1e-14 }, '1/L');
    const a = 1 / (0.5 * (1 / 7));
    assertClose(curve('CLIPPED').slice(1), [Math.sqrt(a / 5000)], { rtol: 1e-13 }, 'the bound of the mean');
    assert.deepEqual(
      [reply.clipped[2]?.iterations, method('ADAPTIVE_FIRST_ORDER')?.iterations],
      [Math.ceil(a / 0.1 / 0.1), Math.ceil((2 * 1.2) / (0.1 * 0.1))],
    );
    assert.deepEqual(reply.iterations, [20, 5000]);
  });

  it('the best thresholds have the fewest guaranteed iterations', async () => {
    const ask = (threshold?: number): Promise<Recommendation> =>
      overRest({
        estimate: { l0: 3, l1: 5 },
        gap: 1e6,
        epsilon: 0.1,
        ...(threshold !== undefined && { threshold }),
      });
    const { bestThreshold, bestThresholdOfMean, threshold, origin } = await ask();
    assert.deepEqual([bestThreshold, threshold, origin], [0.1, 0.1, 'ESTIMATE']);
    const count = async (c: number, figure: 'iterations' | 'iterationsOfMean'): Promise<number> =>
      (await ask(c)).clipped[1]?.[figure] as number;
    for (const [best, figure] of [
      [bestThreshold, 'iterations'],
      [bestThresholdOfMean, 'iterationsOfMean'],
    ] as const)
      for (const factor of [0.9, 1.1])
        assert.ok(
          (await count(best, figure)) < (await count(best * factor, figure)),
          `${figure} at ${factor}`,
        );
  });
});
