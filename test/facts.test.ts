import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertClose } from './support/golden.js';
import { startService, type TestService } from './support/service.js';
import { column, type Run, rest } from './support/transports.js';

/** Facts of the theory, with the numbers that 60-digit arithmetic gives, through the public API. */
describe('facts', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const clip = async (gradient: number[], clipping: object): Promise<number[]> => {
    const { gradients } = await rest(service).clip({ gradients: [gradient], clipping });
    return [...(gradients[0]?.values ?? [])];
  };
  const run = (
    objective: object,
    start: number[],
    learningRate: number,
    threshold: number | null,
    budget: object,
    trace = false,
  ): Promise<Run> =>
    rest(service).run({
      objective,
      start: [start],
      clipping: threshold === null ? { none: {} } : { globalNorm: { threshold } },
      optimizer: { sgd: { learningRate } },
      budget,
      metrics: { trace },
    });
  const close = (actual: number[], expected: number[], what: string): void =>
    assertClose(actual, expected, { rtol: 1e-12 }, what);

  it('the clip operator: scaled onto the ball, untouched on its boundary, zero stays zero', async () => {
    const at = (threshold: number): object => ({ globalNorm: { threshold } });
    close(await clip([3, 4], at(1)), [0.6, 0.8], '(3, 4) at 1');
    assert.deepEqual(await clip([3, 4], at(5)), [3, 4]);
    close(await clip([1, 2, 2], at(2)), [2 / 3, 4 / 3, 4 / 3], '(1, 2, 2) at 2');
    assert.deepEqual(await clip([0, 0], at(1)), [0, 0]);
    const torch = { globalNorm: { threshold: 1, epsilon: 1e-6 } };
    close(await clip([3, 4], torch), [3 * 0.199999960000008, 4 * 0.199999960000008], 'torch');
    const { reports } = await rest(service).clip({ gradients: [[3, 4]], clipping: torch });
    close([reports[0]?.scale ?? 0], [0.199999960000008], 'the coefficient of torch');
    const preset = await rest(service).clip({ gradients: [[3, 4]], clipping: { torch: { threshold: 1 } } });
    close([preset.reports[0]?.scale ?? 0], [0.199999960000008], 'the same from the preset');
    close(await clip([3, 4], { smooth: { threshold: 1 } }), [0.5, 0.6666666666666666], 'smoothed');
  });

  it('clipping by value changes the direction, by the infinity norm it does not', async () => {
    assert.deepEqual(await clip([100, 0.1], { value: { threshold: 1 } }), [1, 0.1]);
    close(await clip([100, 0.1], { globalNorm: { threshold: 1, norm: Infinity } }), [1, 0.001], 'norm');
  });

  it('differential privacy: the mean of the clipped examples, not the clipped mean', async () => {
    const examples = [
      [3, 4],
      [0, 0.5],
    ];
    const request = { gradients: [examples], clipping: { perExample: { threshold: 1 } } };
    const { gradients, reports } = await rest(service).clip(request);
    close([...(gradients[0]?.values ?? [])], [0.3, 0.65], 'the mean of (0.6, 0.8) and (0, 0.5)');
    assert.deepEqual([gradients[0]?.shape, reports[0]?.norm, reports[0]?.clipped], [[2], 5, true]);
  });

  it('adaptive clipping of (6, 8) where the parameters are (3, 4)', async () => {
    const request = { gradients: [[6, 8]], parameters: [[3, 4]], clipping: { adaptive: { clipping: 0.01 } } };
    const { gradients } = await rest(service).clip(request);
    close([...(gradients[0]?.values ?? [])], [0.03, 0.04], 'λ ‖W‖ = 0.05');
  });

  it('x⁴ with the lecture’s step size: mean gradient norm for c = 1, 10, 100', async () => {
    for (const [c, mean] of [
      [1, 542.020668080409],
      [10, 218.18058891150568],
      [100, 188.6542159708715],
    ] as const) {
      const gamma = 1 / (9 * (4 + 2 * c));
      const { result } = await run({ quartic: {} }, [10], gamma, c, { maxIterations: 1000 });
      close([result.summary.meanGradientNorm], [mean], `c = ${c}`);
      if (c === 1) close([...(result.parameters[0]?.values ?? [])], [0.11464082859795971], 'x_1000');
    }
  });

  it('gradient descent on x⁴ explodes at 0.01, cycles at 0.005 and converges at 0.0049', async () => {
    const x = async (maxIterations: number): Promise<number | undefined> =>
      (await run({ quartic: {} }, [10], 0.01, null, { maxIterations })).result.parameters[0]?.values?.[0];
    close([(await x(1)) as number, (await x(2)) as number], [-30, 1050], 'first iterates');
    close(
      [(await x(3)) as number, (await x(4)) as number],
      [-46303950, 3.971130075749909e21],
      'later iterates',
    );
    // x_6 is finite and its cube is not, so there is no x_7.
    const exploded = (await run({ quartic: {} }, [10], 0.01, null, {})).result;
    assert.deepEqual([exploded.reason, exploded.iterations], ['DIVERGED', 6]);
    close([...(exploded.parameters[0]?.values ?? [])], [6.287340490681568e188], 'the last finite iterate');

    const cycle = await run({ quartic: {} }, [10], 0.005, null, { maxIterations: 101 }, true);
    assert.deepEqual(cycle.result.parameters[0]?.values, [-10]);
    assert.deepEqual(new Set(column(cycle.trace, 'value')), new Set([10_000]));
    const back = await run({ quartic: {} }, [10], 0.005, null, { maxIterations: 100 });
    assert.deepEqual(back.result.parameters[0]?.values, [10]);

    // The ninth gradient, that at x_8, is the first that is not finite.
    const over = (await run({ quartic: {} }, [10], 0.0051, null, {})).result;
    assert.deepEqual([over.reason, over.iterations, over.evaluations], ['DIVERGED', 8, 9]);
    const budget = { maxIterations: 10_000, gradientTolerance: 1e-3 };
    assert.equal((await run({ quartic: {} }, [10], 0.0049, null, budget)).result.reason, 'CONVERGED');
  });

  it('iterations to a gradient of 1e-3 on x⁴ from 10', async () => {
    for (const [gamma, c, iterations] of [
      [1 / 1200, null, 37789],
      [0.0049, null, 6413],
      [0.05, 1, 808],
      [0.05, 10, 642],
      [0.1, 1, 403],
      [0.1, 10, 319],
      [0.25, 1, 159],
      [0.01, 100, 3150],
      [1 / (9 * 4.762203155904599), 1, 1735],
      [Math.LN2 / 4.762203155904599, 1, 276],
      [Math.LN2 / 8, 2, 411],
    ] as const) {
      const budget = { maxIterations: 50000, gradientTolerance: 1e-3 };
      const { result } = await run({ quartic: {} }, [10], gamma, c, budget);
      assert.equal(result.reason, 'CONVERGED');
      assert.ok(Math.abs(result.iterations - iterations) <= 1, `${gamma}, ${c}: ${result.iterations}`);
    }
  });

  it('the same with a learning rate from the norm of the gradient, or from the value', async () => {
    const gradientTolerance = 1e-3;
    for (const [optimizer, iterations] of [
      [{ adaptiveStep: { l0: 4, l1: 2, form: 'HESSIAN_SIMPLE' } }, 153],
      [{ adaptiveStep: { l0: 4, l1: 2 } }, 152],
      [{ adaptiveStep: { l0: 4, l1: 2, form: 'HARD' } }, 303],
      [{ polyak: { minimum: 0 } }, 18],
    ] as const) {
      const request = { objective: { quartic: {} }, start: [[10]], optimizer };
      const { result } = await rest(service).run({ ...request, budget: { gradientTolerance } });
      assert.equal(result.reason, 'CONVERGED');
      assert.ok(
        Math.abs(result.iterations - iterations) <= 1,
        `${JSON.stringify(optimizer)}: ${result.iterations}`,
      );
    }
    // Polyak's step is x ← ¾ x exactly.
    const least = (gradientTolerance / 4) ** (1 / 3);
    assert.equal(Math.ceil(Math.log(10 / least) / Math.log(4 / 3)), 18);
  });

  it('the adaptive learning rate on x⁴ at 10', async () => {
    for (const [form, rate] of [
      ['HESSIAN_OPTIMAL', 8.66121592841877e-5],
      ['HESSIAN_SIMPLE', 8.330556481172943e-5],
      ['FIRST_ORDER', 1 / 8004],
      ['HARD', 1 / 24000],
    ] as const) {
      const { metrics, parameters } = await rest(service).step({
        parameters: [[10]],
        gradients: [[4000]],
        optimizer: { adaptiveStep: { l0: 4, l1: 2, form } },
      });
      close([metrics.learningRate], [rate], form);
      close([...(parameters[0]?.values ?? [])], [10 - 4000 * rate], form);
    }
  });

  it('a first step that mixes the smoothed clips of momentum and gradient', async () => {
    const { metrics, parameters } = await rest(service).step({
      parameters: [[0, 0]],
      gradients: [[3, 4]],
      optimizer: { mixedClip: { learningRate: 1, threshold: 1, smoothed: true } },
    });
    close([...(parameters[0]?.values ?? [])], [-0.15208955223880596, -0.20278606965174129], 'step');
    close([metrics.updateNorm], [0.15208955223880596 / 0.6], 'its length');
  });

  it('x⁴ at γ = 0.05, c = 1: 188 clipped steps, then none', async () => {
    const { result, trace } = await run({ quartic: {} }, [10], 0.05, 1, { maxIterations: 1000 }, true);
    assert.equal(Math.round(result.summary.clippedFraction * 1000), 188);
    assert.equal(column(trace, 'scale').filter((scale) => scale < 1).length, 188);
    close([...(result.parameters[0]?.values ?? [])], [0.05512931098214172], 'x_1000');
  });

  it('the hard instance: gradient descent needs a tiny step, clipped descent does not', async () => {
    const threshold = 0.18315638888734181;
    const objective = { hardInstance: { l0: 1, l1: 1 } };
    const start = await rest(service).evaluate({ objective, parameters: [[5]] });
    close([start.value, start.gradientNorm], [54.598150033144236, 54.598150033144236], 'f and f′ at 5');
    const least = await rest(service).evaluate({ objective, parameters: [[0]] });
    close([start.value - least.value, least.gradientNorm], [54.098150033144236, 0], 'Δ0');
    close([(2 * 5) / start.gradientNorm], [threshold], 'the threshold 2 x0 / f′(x0)');
    for (const [gamma, c, iterations] of [
      [0.99 * threshold, null, 64],
      [Math.exp(-4), null, 799],
      [1 / 2, 1, 28],
      [Math.LN2 / 2, 1, 45],
      [1 / 18, 1, 314],
    ] as const) {
      const budget = { maxIterations: 5000, gradientTolerance: 1e-6 };
      const { result } = await run(objective, [5], gamma, c, budget);
      assert.deepEqual([result.reason, result.iterations], ['CONVERGED', iterations], `${gamma}, ${c}`);
    }
    const { result } = await run(objective, [5], 1.01 * threshold, null, {});
    assert.deepEqual([result.reason, result.iterations], ['DIVERGED', 4]);
    const adaptive = await rest(service).run({
      objective,
      start: [[5]],
      optimizer: { adaptiveStep: { l0: 1, l1: 1, form: 'HESSIAN_SIMPLE' } },
      budget: { gradientTolerance: 1e-6 },
    });
    assert.deepEqual([adaptive.result.reason, adaptive.result.iterations], ['CONVERGED', 13]);
  });

  it('a quadratic with eigenvalues 1 and 10 after 20 clipped steps', async () => {
    const objective = { quadratic: { diagonal: [1, 10] } };
    const { result } = await run(objective, [10, 1], 0.1, 1, { maxIterations: 20 });
    close([...(result.parameters[0]?.values ?? [])], [8.239086576554609, 0.1314263485891862], 'x_20');
  });

  it('Rosenbrock’s valley: small gradients beside large Hessians', async () => {
    for (const [x, gradient, gradientNorm, hessianNorm] of [
      [[10, 100], [18, 0], 18, 80201.99501259292],
      [[-1.2, 1], [-215.6, -88], 232.86768775422664, 1506.366980651283],
    ] as const) {
      const request = { objective: { rosenbrock: {} }, parameters: [x], hessian: true };
      const reply = await rest(service).evaluate(request);
      close([...(reply.gradients[0]?.values ?? []), reply.gradientNorm], [...gradient, gradientNorm], `${x}`);
      const [a = 0, b = 0, , d = 0] = reply.hessian.values ?? [];
      close([(a + d) / 2 + Math.hypot((a - d) / 2, b)], [hessianNorm], `the largest eigenvalue at ${x}`);
    }
    const { value } = await rest(service).evaluate({
      objective: { rosenbrock: {} },
      parameters: [[-1.2, 1]],
    });
    close([value], [24.2], 'f at the usual start');
  });

  /** Clips one number after another by rules that may change while the state goes on; the threshold of each. */
  const thresholds = async (steps: readonly (readonly [number, object])[]): Promise<number[]> => {
    const found: number[] = [];
    let state = {};
    for (const [gradient, clipping] of steps) {
      const reply = await rest(service).clip({ gradients: [[gradient]], clipping, ...state });
      state = { clippingState: reply.clippingState };
      found.push(reply.reports[0]?.threshold ?? Number.NaN);
    }
    return found;
  };

  it('AutoClip: the tenth percentile of 1, 2, 3, 4, 100 is 1.4', async () => {
    const rule = { percentile: { percentile: 10 } };
    const norms = [1, 2, 3, 4, 100];
    const found = await thresholds(norms.map((norm) => [norm, rule] as const));
    close(found.slice(-1), [1.4], 'the threshold of the fifth');
  });

  it('Andrew: four of five within the threshold, and it shrinks by exp(-0.2 (0.8 - 0.5))', async () => {
    const rule = { quantile: { learningRate: 0.2 / 5, initial: 1 } };
    const found = await thresholds([0.1, 0.1, 2, 0.1, 0.1, 1].map((norm) => [norm, rule] as const));
    close(found.slice(-1), [0.9417645335842487], 'the threshold after five');
  });

  it('SPAM: 10 with a second moment of 0.001 becomes √5', async () => {
    const clipping = { spike: { factor: 5000, beta2: 0.999, warmup: 1 } };
    const first = await rest(service).clip({ gradients: [[1, 1]], clipping });
    const { clippingState } = first;
    const { gradients } = await rest(service).clip({ gradients: [[10, -1]], clipping, clippingState });
    close([...(gradients[0]?.values ?? [])], [2.23606797749979, -1], 'the second gradient');
  });

  it('ZClip: mean 1, variance 1/4, a norm of 3', async () => {
    const at = (mode: string, more = {}) => ({ zScore: { warmup: 2, mode, ...more } });
    const rule = at('RECIPROCAL');
    const before = [
      [0.5, rule],
      [1.5, rule],
    ] as const;
    const spike = [...before, [3, rule]] as const;
    const threshold = async (steps: readonly (readonly [number, object])[]) =>
      (await thresholds(steps)).at(-1) as number;
    close([await threshold(spike)], [1.7812515625], 'its threshold');
    for (const [z, isSpike] of [
      [3.999992, true],
      [3.999992000017, false],
    ] as const)
      assert.equal(
        (await threshold([...before, [3, at('MEAN', { zThreshold: z })]])) === 1,
        isSpike,
        `z > ${z}`,
      );
    // What it has learnt from it shows in the thresholds of the next, whatever the mode.
    const mean = await threshold([...spike, [1e6, at('MEAN')]]);
    const above = await threshold([...spike, [1e6, at('PERCENTILE', { zThreshold: 1 })]]);
    close([mean, (above - mean) ** 2], [1.023437546875, 0.25972846246833065], 'mean and variance');
  });
});
