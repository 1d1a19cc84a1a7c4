import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertClose } from './support/golden.js';
import { startService, type TestService } from './support/service.js';
import { rest } from './support/transports.js';

const close = (actual: number, expected: number, what: string): void =>
  assertClose([actual], [expected], { rtol: 1e-12 }, what);

/** Facts about (L0, L1)-smoothness in closed form: the constants, and Hessians that attain them. */
describe('facts about smoothness', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  /** The least L0 that goes with an L1. */
  async function l0Of(kind: string, params: object, l1: number): Promise<number> {
    const request = { objective: { [kind]: params }, certificate: { l1: [l1] } };
    const { certificate } = await rest(service).smoothness(request);
    return certificate.frontier[0]?.l0 as number;
  }
  /** |f″| and |f′| of a function of one variable. */
  async function curve(objective: object, x: number): Promise<[number, number]> {
    const reply = await rest(service).evaluate({ objective, parameters: [[x]], hessian: true });
    return [Math.abs(reply.hessian.values?.[0] as number), reply.gradientNorm];
  }
  /** |f″| = L0 + L1 |f′| at x, so no smaller L0 will do. */
  async function attains(objective: object, x: number, l0: number, l1: number): Promise<void> {
    const [curvature, slope] = await curve(objective, x);
    close(curvature - l1 * slope, l0, `|f″| - ${l1} |f′| at ${x}`);
  }

  it('x³: 600 on |x| <= 100, the frontier L0 L1 = 3, and 6 the least of L0 + 3 L1', async () => {
    const [curvature] = await curve({ cubic: {} }, 100);
    assert.equal(curvature, 600);
    close(await l0Of('cubic', {}, 2), 1.5, 'L0 for L1 = 2');
    await attains({ cubic: {} }, 0.5, 1.5, 2);
    await attains({ cubic: {} }, -0.5, 1.5, 2);
    for (const l1 of [0.1, 0.5, 6]) close((await l0Of('cubic', {}, l1)) * l1, 3, 'L0 L1');
    const cost = async (l1: number): Promise<number> => (await l0Of('cubic', {}, l1)) + 3 * l1;
    close(await cost(1), 6, 'L0 + 3 L1');
    assert.ok((await cost(0.99)) > 6 && (await cost(1.01)) > 6);
  });

  it('x⁴: 1200 on |x| <= 10, 4 for L1 = 2, and the least of L0 + c L1', async () => {
    const [curvature] = await curve({ quartic: {} }, 10);
    assert.equal(curvature, 1200);
    close(await l0Of('quartic', {}, 2), 4, 'L0 for L1 = 2');
    await attains({ quartic: {} }, 1, 4, 2);
    for (const [c, l1, least] of [
      [4, 2, 12],
      [1, 3.1748021039363987, 4.762203155904599],
    ] as const) {
      const cost = async (at: number): Promise<number> => (await l0Of('quartic', {}, at)) + c * at;
      close(await cost(l1), least, `L0 + ${c} L1`);
      assert.ok((await cost(0.99 * l1)) > least && (await cost(1.01 * l1)) > least);
    }
  });

  it('powers: |x|⁵, |x|⁶, and ‖x‖⁴ in five variables', async () => {
    close(await l0Of('power', { p: 5 }, 2), 16.875, '|x|⁵');
    await attains({ power: { p: 5 } }, 1.5, 16.875, 2);
    close(await l0Of('power', { p: 6 }, 2), 96, '|x|⁶');
    await attains({ power: { p: 6 } }, -2, 96, 2);
    const x = [3, -2, 1, 4, -5];
    const reply = await rest(service).evaluate({
      objective: { power: { p: 4 } },
      parameters: [x],
      directions: [[x]],
    });
    close(reply.gradientNorm, 1631.563667161046, '‖∇f‖');
    // x is the eigenvector of the greatest eigenvalue, 12 ‖x‖².
    const product =
      (reply.hessianVectorProducts[0] as readonly { values?: readonly number[] }[])[0]?.values ?? [];
    assertClose(
      [...product],
      x.map((v) => 660 * v),
      { rtol: 1e-12 },
      '∇²f x',
    );
    const { empirical } = await rest(service).smoothness({
      objective: { power: { p: 4 } },
      estimate: { points: [[x]] },
    });
    close(empirical.visited[0]?.hessianNorm as number, 660, '‖∇²f‖');
  });

  it('e^x: between the forms lies 1/ln 2 with the radius ln 2/H1, e - 1 with 1/H1', async () => {
    for (const [distance, factor] of [
      [Math.LN2, Math.LOG2E],
      [1, 1.718281828459045],
    ] as const) {
      const { empirical } = await rest(service).smoothness({
        objective: { exponential: {} },
        estimate: { points: [[[0]], [[distance]]], fractions: [1] },
      });
      const [first] = empirical.visited;
      close((first?.secant as number) / (first?.gradientNorm as number), factor, `over ${distance}`);
    }
    const { certificate } = await rest(service).smoothness({
      objective: { exponential: {} },
      certificate: { threshold: 1, form: 'FIRST_ORDER' },
    });
    close(certificate.best.l1, Math.LOG2E, 'the least L1 with L0 = 0');
    assert.equal(certificate.best.l0, 0);
  });

  it('the loss of a linear recurrence in W_x: a quadratic whose curvature grows like the powers of W_h', async () => {
    for (const [w, steps, curvature] of [
      [1.1, 50, 153772.4303893414],
      [0.9, 50, 72.71162522606251],
      [1.1, 100, 1093913059.5150092],
    ] as const) {
      const column = (value: number): number[][] => Array.from({ length: steps }, () => [value]);
      const inline = { inputs: column(1), targets: column(0) };
      const matrices = (values: readonly number[]): object[] =>
        ['W_x', 'W_h', 'W_o'].map((name, i) => ({ name, shape: [1, 1], values: [values[i]] }));
      const { hessianVectorProducts } = await rest(service).evaluate({
        objective: {
          recurrent: {
            cell: 'linear',
            hiddenSize: 1,
            bias: false,
            outputBias: false,
            data: { inline },
            loss: 'halfSquaredError',
          },
        },
        parameters: matrices([0.7, w, 1]),
        directions: [matrices([1, 0, 0])],
      });
      const [along] = hessianVectorProducts[0] as readonly { values?: readonly number[] }[];
      close(along?.values?.[0] as number, curvature, `W_h = ${w} over ${steps} steps`);
    }
  });

  it('the double well: 2 for L1 = 3, 5.0792 for L1 = 1', async () => {
    close(await l0Of('doubleWell', {}, 3), 2, 'L0 for L1 = 3');
    close(await l0Of('doubleWell', {}, 1), 5.079201435678005, 'L0 for L1 = 1');
    close(await l0Of('doubleWell', {}, 10), 2, 'L0 for L1 = 10');
    await attains({ doubleWell: {} }, 1, 2, 3);
    await attains({ doubleWell: {} }, 2.1547005383792515, 5.079201435678005, 1);
  });

  it('x⁴ - 2x³ + x attains 2 + 4√2 for L1 = 2 at -1/√2', async () => {
    await attains({ polynomial: { coefficients: [0, 1, 0, -2, 1] } }, -Math.SQRT1_2, 7.65685424949238, 2);
  });

  it('½(w³ - 1)² attains 9 for L1 = 6 at 1, the curvature T² of a recurrence over T steps', async () => {
    await attains({ scalarRnn: { steps: 3 } }, 1, 9, 6);
    await attains({ scalarRnn: { steps: 5 } }, 1, 25, 10);
  });

  it('the logistic loss of one row: L0 = (‖a‖ - L1)²/4', async () => {
    const row = { data: { inline: { features: [[0.6, 0.8]], targets: [1] } }, intercept: false };
    for (const [l1, l0] of [
      [0, 0.25],
      [0.5, 0.0625],
      [1, 0],
    ] as const)
      close(await l0Of('logisticRegression', row, l1), l0, `L0 for L1 = ${l1}`);
    // σ(1 - σ) = L0 + L1 (1 - σ) where σ = (1 + L1)/2; at L1 = 0.5 that is z = ln 3.
    const z = Math.log(3);
    const reply = await rest(service).evaluate({
      objective: { logisticRegression: row },
      parameters: [[0.6 * z, 0.8 * z]],
      directions: [[[0.6, 0.8]]],
    });
    const [along] = reply.hessianVectorProducts[0] as readonly { values?: readonly number[] }[];
    const curvature = 0.6 * (along?.values?.[0] as number) + 0.8 * (along?.values?.[1] as number);
    close(curvature - 0.5 * reply.gradientNorm, 0.0625, '‖∇²f‖ - ‖∇f‖/2');
  });

  it('the cliff throws gradient descent far away, and clipped descent goes down beside it', async () => {
    const run = async (clipping: object) =>
      (
        await rest(service).run({
          objective: { cliff: {} },
          clipping,
          optimizer: { sgd: { learningRate: 0.05 } },
          budget: { maxIterations: 2000 },
        })
      ).result;
    const [free, clipped] = [await run({ none: {} }), await run({ globalNorm: { threshold: 1 } })];
    assert.ok(free.value > 0.08 && Math.hypot(...(free.parameters[0]?.values ?? [])) > 100);
    assert.ok(clipped.value < 1e-4 && Math.hypot(...(clipped.parameters[0]?.values ?? [])) < 10);
  });
});
