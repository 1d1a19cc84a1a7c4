import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { objectives } from '../src/core/objectives/index.js';
import { assertClose } from './support/golden.js';
import { startService, type TestService } from './support/service.js';
import { rest } from './support/transports.js';

const close = (actual: number, expected: number, what: string): void =>
  assertClose([actual], [expected], { rtol: 1e-12 }, what);

/** The L0 that the objective knows for an L1. */
function l0Of(kind: string, params: object, l1: number): number {
  const { knowledge } = objectives.plugins.find(
    (plugin) => plugin.kind === kind,
  ) as (typeof objectives.plugins)[0];
  const parsed: unknown = objectives.spec.parse({ [kind]: params })[kind];
  if (knowledge === undefined || 'none' in knowledge.smoothness) throw new Error(`${kind} has no constants`);
  return knowledge.smoothness.l0?.(parsed, l1) as number;
}

/** Facts about (L0, L1)-smoothness in closed form: the constants, and Hessians that attain them. */
describe('facts about smoothness', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

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
    close(l0Of('cubic', {}, 2), 1.5, 'L0 for L1 = 2');
    await attains({ cubic: {} }, 0.5, 1.5, 2);
    await attains({ cubic: {} }, -0.5, 1.5, 2);
    for (const l1 of [0.1, 0.5, 6]) close(l0Of('cubic', {}, l1) * l1, 3, 'L0 L1');
    const cost = (l1: number): number => l0Of('cubic', {}, l1) + 3 * l1;
    close(cost(1), 6, 'L0 + 3 L1');
    assert.ok(cost(0.99) > 6 && cost(1.01) > 6);
  });

  it('x⁴: 1200 on |x| <= 10, 4 for L1 = 2, and the least of L0 + c L1', async () => {
    const [curvature] = await curve({ quartic: {} }, 10);
    assert.equal(curvature, 1200);
    close(l0Of('quartic', {}, 2), 4, 'L0 for L1 = 2');
    await attains({ quartic: {} }, 1, 4, 2);
    for (const [c, l1, least] of [
      [4, 2, 12],
      [1, 3.1748021039363987, 4.762203155904599],
    ] as const) {
      const cost = (at: number): number => l0Of('quartic', {}, at) + c * at;
      close(cost(l1), least, `L0 + ${c} L1`);
      assert.ok(cost(0.99 * l1) > least && cost(1.01 * l1) > least);
    }
  });

  it('powers: |x|⁵, |x|⁶, and ‖x‖⁴ in five variables', async () => {
    close(l0Of('power', { p: 5 }, 2), 16.875, '|x|⁵');
    await attains({ power: { p: 5 } }, 1.5, 16.875, 2);
    close(l0Of('power', { p: 6 }, 2), 96, '|x|⁶');
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
  });

  it('the double well: 2 for L1 = 3, 5.0792 for L1 = 1', async () => {
    close(l0Of('doubleWell', {}, 3), 2, 'L0 for L1 = 3');
    close(l0Of('doubleWell', {}, 1), 5.079201435678005, 'L0 for L1 = 1');
    close(l0Of('doubleWell', {}, 10), 2, 'L0 for L1 = 10');
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
      close(l0Of('logisticRegression', row, l1), l0, `L0 for L1 = ${l1}`);
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
