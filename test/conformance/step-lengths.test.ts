import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose } from '../support/golden.js';
import type { StepReply } from '../support/replies.js';
import { column, type Transport } from '../support/transports.js';

const at = (...data: number[]) => ({ name: 'x', shape: [data.length], data });

/** One step from 0 for each gradient; the parameters after each, and the last reply. */
async function follow(
  { step, tensor, numbers }: Transport,
  optimizer: object,
  gradients: readonly number[][],
  more: object = {},
): Promise<{ x: number[][]; last: StepReply | undefined }> {
  const x = [gradients[0]?.map(() => 0) as number[]];
  let last: StepReply | undefined;
  for (const g of gradients) {
    last = await step({
      parameters: [tensor(at(...(x.at(-1) as number[])))],
      gradients: [tensor(at(...g))],
      optimizer,
      ...more,
      ...(last !== undefined && { state: last.state }),
    });
    x.push(numbers(last.parameters[0]));
  }
  return { x: x.slice(1), last };
}

const GRADIENTS = [
  [3, 4],
  [-0.3, 0.1],
  [0, 2],
  [1, -5],
  [0.02, 0.01],
];
const nearly = { rtol: 1e-14, atol: 1e-15 };

overBoth('an optimizer that minds the length of its step', (api) => {
  test('has the right one where norms exceed the range of their squares, or of the doubles', async () => {
    const [far, near, beyond] = [
      [3e200, 4e200],
      [3e-200, 4e-200],
      [1.5e308, 1.5e308],
    ] as const;
    const unit = [-0.6, -0.8];
    const half = Math.SQRT1_2;
    const rate = { learningRate: 1 };
    const normalized = { normalizedSgd: { ...rate, momentum: 0 } };
    const adaptive = { adaptiveStep: { l0: 0, l1: 10, form: 'FIRST_ORDER' } };
    for (const [optimizer, g, expected] of [
      [{ momentumClip: { ...rate, beta: 0 } }, far, unit],
      [{ momentumClip: { ...rate, beta: 0, smoothed: true } }, far, unit],
      [{ momentumClip: { ...rate, beta: 0, smoothed: true } }, near, [-3e-200, -4e-200]],
      [{ momentumClip: { ...rate, beta: 0 } }, beyond, [-half, -half]],
      [{ mixedClip: { ...rate, beta: 0 } }, far, unit],
      [{ mixedClip: { ...rate, beta: 0, smoothed: true } }, beyond, [-half, -half]],
      [normalized, far, unit],
      [normalized, near, unit],
      [normalized, beyond, [-half, -half]],
      [adaptive, far, [-0.06, -0.08]],
      [adaptive, near, [-0.06, -0.08]],
      [adaptive, beyond, [-half / 10, -half / 10]],
      [adaptive, [0, 5e-324], [0, -0.1]],
      [normalized, [-5e-324, 0], [1, 0]],
      [{ polyak: { minimum: 0 } }, far, [-0.6 / 5e200, -0.8 / 5e200]],
    ] as const) {
      const { x } = await follow(api(), optimizer, [[...g]], { value: 1 });
      assertClose(x[0] as number[], expected, { rtol: 1e-14 }, `${JSON.stringify(optimizer)} at ${g}`);
    }
  });

  test('stays where the gradient is zero', async () => {
    for (const optimizer of [
      { momentumClip: { threshold: 0, smoothed: true } },
      { mixedClip: { smoothed: true } },
      { normalizedSgd: {} },
      { adaptiveStep: { l0: 0, l1: 1 } },
      { polyak: { minimum: 0 } },
    ])
      assert.deepEqual((await follow(api(), optimizer, [[0, 0]], { value: 1 })).x, [[0, 0]]);
  });

  test('clips alike inside and outside: mixedClip at ν = 0 is clipped descent, at ν = 1 momentumClip', async () => {
    for (const smoothed of [false, true]) {
      const common = { learningRate: 0.5, threshold: 1.5, smoothed };
      const alone = (await follow(api(), { momentumClip: { ...common, beta: 0 } }, GRADIENTS)).x;
      const none = (await follow(api(), { mixedClip: { ...common, nu: 0 } }, GRADIENTS)).x;
      assertClose(none.flat(), alone.flat(), nearly, 'ν = 0');
      const averaged = (await follow(api(), { momentumClip: { ...common, beta: 0.7 } }, GRADIENTS)).x;
      const whole = (await follow(api(), { mixedClip: { ...common, nu: 1, beta: 0.7 } }, GRADIENTS)).x;
      assertClose(whole.flat(), averaged.flat(), nearly, 'ν = 1');
      if (smoothed) continue;
      const clipping = { globalNorm: { threshold: 1.5 } };
      const outside = await follow(api(), { sgd: { learningRate: 0.5 } }, GRADIENTS, { clipping });
      assertClose(alone.flat(), outside.x.flat(), nearly, 'outside');
    }
  });

  test('goes η t^(-3/4) along an average with β = 1 - t^(-1/2), if that is asked for', async () => {
    const optimizer = { normalizedSgd: { learningRate: 1 / 7, parameterAgnostic: true } };
    const { x } = await follow(api(), optimizer, GRADIENTS);
    const m = [0, 0];
    const expected = [0, 0];
    GRADIENTS.forEach((g, k) => {
      const t = k + 1;
      const beta = 1 - t ** -0.5;
      for (const i of [0, 1]) m[i] = beta * (m[i] as number) + (1 - beta) * (g[i] as number);
      const length = t ** -0.75 / 7;
      for (const i of [0, 1])
        expected[i] = (expected[i] as number) - (length * (m[i] as number)) / Math.hypot(...m);
      assertClose(x[k] as number[], expected, { rtol: 1e-13, atol: 1e-15 }, `x after ${t}`);
    });
  });

  test('takes Polyak’s step up to the greatest rate, and none below the least value', async () => {
    const rates = async (optimizer: object, value: number): Promise<number | undefined> =>
      (await follow(api(), optimizer, [[3, 4]], { value })).last?.metrics.learningRate;
    assertClose([(await rates({ polyak: { minimum: -1 } }, 1)) as number], [2 / 25], nearly, 'rate');
    assert.equal(await rates({ polyak: { minimum: -1, maxLearningRate: 0.01 } }, 1), 0.01);
    assert.equal(await rates({ polyak: { minimum: 2 } }, 1), 0);
  });

  test('is multiplied by the schedule where the optimizer finds its rate itself', async () => {
    const schedule = { constant: { factor: 0.5 } };
    for (const optimizer of [{ adaptiveStep: { l0: 1, l1: 1 } }, { polyak: { minimum: 0 } }]) {
      const plain = await follow(api(), optimizer, [[3, 4]], { value: 1 });
      const halved = await follow(api(), optimizer, [[3, 4]], { value: 1, schedule });
      assertClose(
        halved.x.flat(),
        plain.x.flat().map((v) => v / 2),
        nearly,
        'half a step',
      );
    }
  });
});

overBoth('backtracking', (api) => {
  const search = (objective: object, params: object, budget: object, more: object = {}) =>
    api().run({ objective, optimizer: { backtracking: params }, budget, metrics: { trace: true }, ...more });
  const rosenbrock = { rosenbrock: {} };

  test('decreases the value by c η ‖g‖² at every step, and counts its trials', async () => {
    for (const c of [1e-4, 0.3, 0.5]) {
      const { result, trace } = await search(rosenbrock, { c }, { maxIterations: 200 });
      const [values, norms, rates] = ['value', 'gradientNorm', 'learningRate'].map((name) => [
        ...column(trace, name),
      ]) as [number[], number[], number[]];
      let trials = 0;
      for (let k = 0; k < 200; k++) {
        const [rate, norm] = [rates[k] as number, norms[k] as number];
        assert.ok((values[k + 1] as number) <= (values[k] as number) - c * rate * norm * norm, `${c}, ${k}`);
        const first = k === 0 ? 1 : Math.min(1, 2 * (rates[k - 1] as number));
        trials += 1 + Math.log2(first / rate);
      }
      assert.equal(result.evaluations, 201 + trials);
    }
  });

  test('goes on where the decrease drowns in the rounding of the value', async () => {
    for (const objective of [{ quadratic: { diagonal: [1, 10], linear: [1, -2] } }, rosenbrock]) {
      const budget = { maxIterations: 100_000, gradientTolerance: 1e-12 };
      const { result } = await search(objective, {}, budget, { metrics: { trace: false } });
      assert.equal(result.reason, 'CONVERGED');
    }
  });

  test('without an accepted trial stays where it is, and goes on trying from there', async () => {
    const { trace, result } = await search(
      { quartic: {} },
      { maxTrials: 1 },
      { maxIterations: 30 },
      {
        start: [api().tensor(at(10))],
      },
    );
    const values = column(trace, 'value');
    const moved = values.findIndex((value) => value !== values[0]);
    // 4000 η <= 10 (1 + 1.02...) or so: the first power of a half is 2^-8, tried after eight others.
    assert.ok(moved >= 8 && moved <= 10, `${moved}`);
    assert.deepEqual([...column(trace, 'learningRate').slice(0, 3)], [0, 0, 0]);
    assert.ok(result.value < 1);
  });

  test('tries no rate above the schedule’s', async () => {
    const schedule = { cosine: { steps: 50 } };
    const { trace } = await search(
      { quadratic: { diagonal: [0.1] } },
      { learningRate: 3 },
      { maxIterations: 50 },
      {
        schedule,
        start: [api().tensor(at(5))],
      },
    );
    const rates = column(trace, 'learningRate').slice(0, 50);
    assert.equal(rates[0], 3);
    rates.forEach((rate, k) => {
      const greatest = 1.5 * (1 + Math.cos((Math.PI * k) / 50));
      assert.ok(rate <= greatest * (1 + 1e-14), `${k}: ${rate} > ${greatest}`);
    });
  });
});
