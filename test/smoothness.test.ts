import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from './support/both.js';
import { assertClose } from './support/golden.js';
import { newRandom } from './support/random.js';

const close = (actual: number | undefined, expected: number, what: string, rtol = 1e-12): void =>
  assertClose([actual as number], [expected], { rtol }, what);

const horner = (c: readonly number[], x: number): number => c.reduceRight((sum, ck) => sum * x + ck, 0);
/** The coefficients of Π (x - r). */
const withRoots = (roots: readonly number[]): number[] => {
  let c = [1];
  for (const root of roots) c = [0, ...c].map((ck, k) => ck - root * (c[k] ?? 0));
  return c;
};
const chebyshev = (degree: number): number[] => {
  let [before, c] = [[1], [0, 1]] as [number[], number[]];
  for (let k = 1; k < degree; k++) [before, c] = [c, [0, ...c].map((ck, i) => 2 * ck - (before[i] ?? 0))];
  return c;
};
const slopeOf = (c: readonly number[]): number[] => c.slice(1).map((ck, k) => ck * (k + 1));

overBoth('smoothness', (transport) => {
  const certify = async (objective: object, certificate: object) =>
    (await transport().smoothness({ objective, certificate })).certificate;
  const polynomial = (coefficients: readonly number[]) => ({ polynomial: { coefficients } });

  test('x³: 600 on [-100, 100], L0 L1 = 3, and 6 the least L0 + 3 L1', async () => {
    const wanted = { l1: [2, 0.5, 6], threshold: 3, interval: { from: -100, to: 100 } };
    for (const objective of [{ cubic: {} }, polynomial([0, 0, 0, 1])]) {
      const { basis, frontier, best, bestSum, interval } = await certify(objective, wanted);
      assert.equal(basis, 'STURM');
      assert.equal(interval.l, 600);
      for (const { l0, l1 } of frontier) close(l0 * l1, 3, 'L0 L1');
      assert.equal(Math.abs(frontier[0]?.at as number), 0.5);
      close(bestSum, 6, 'L0 + 3 L1');
      close(best.l1, 1, 'L1');
    }
  });

  test('x⁴: 1200 on [-10, 10], L0*(2) = 4 at ±1, 12 for c = 4 and 4.762203155904599 for c = 1', async () => {
    const objective = { quartic: {} };
    const { frontier, bestSum, interval } = await certify(objective, {
      l1: [2],
      threshold: 4,
      interval: { from: -10, to: 10 },
    });
    assert.equal(interval.l, 1200);
    close(frontier[0]?.l0, 4, 'L0*(2)');
    assert.equal(Math.abs(frontier[0]?.at as number), 1);
    close(bestSum, 12, 'c = 4');
    const one = await certify(objective, { threshold: 1 });
    close(one.bestSum, 4.762203155904599, 'c = 1');
    close(one.best.l1, 3.1748021039363987, 'L1 for c = 1');
  });

  test('closed forms and polynomials: the values of L0*, and where they are taken', async () => {
    /** |x| of the place where it is proved. */
    const facts: [object, number, number, number?][] = [
      [{ power: { p: 5 } }, 2, 16.875],
      [{ power: { p: 6 } }, 2, 96],
      [polynomial([0, 0, 0, 0, 0, 0, 1]), 2, 96],
      [{ doubleWell: {} }, 3, 2, 1],
      [{ doubleWell: {} }, 1, 5.079201435678005, 2.1547005383792515],
      [polynomial([0, 1, 0, -2, 1]), 2, 7.65685424949238, Math.SQRT1_2],
      [polynomial([7, -1, 5, 2, -3, 1]), 1.5, 62.967660542396544, 1.6362424118376615],
      [{ scalarRnn: { steps: 3 } }, 6, 9, 1],
      [{ scalarRnn: { steps: 3 } }, 2, 60.659230519825456],
      [{ scalarRnn: { steps: 2 } }, 4, 4],
      [{ scalarRnn: { steps: 2 } }, 2, 4.564225540521209],
      [{ scalarRnn: { steps: 5 } }, 10, 26.56311706102256],
      [{ scalarRnn: { steps: 5 } }, 2, 328960.86780462787],
      [{ cosh: { a: 2 } }, 2, 4],
      [{ hardInstance: {} }, 1, 1],
    ];
    for (const [objective, l1, l0, place] of facts) {
      const [pair] = (await certify(objective, { l1: [l1] })).frontier;
      close(pair?.l0, l0, JSON.stringify(objective));
      if (place !== undefined)
        close(Math.abs(pair?.at as number), place, `where ${JSON.stringify(objective)}`);
    }
  });

  test('the first-order form takes both constants / ln 2, and distances up to 1/L1', async () => {
    const { frontier } = await certify({ quartic: {} }, { l1: [2 / Math.LN2], form: 'FIRST_ORDER' });
    const hessian = await certify({ quartic: {} }, { l1: [2] });
    const factor = (frontier[0]?.l0 as number) / (hessian.frontier[0]?.l0 as number);
    close(factor, Math.LOG2E, 'the factor between the forms');
    close(frontier[0]?.radius, 0.34657359027997264, 'radius');
  });

  /** Coefficients of the degree from numbers in [-1, 1): polynomials of many kinds. */
  const KINDS: readonly ((degree: number, random: () => number) => number[])[] = [
    (n, random) => Array.from({ length: n + 1 }, () => 10 * random()),
    (n, random) => [...Array.from({ length: n }, () => Math.round(20 * random())), 1],
    (n, random) => Array.from({ length: n + 1 }, () => 1e-12 * random()),
    (n, random) => Array.from({ length: n + 1 }, () => 1e270 * random()),
    (n, random) => Array.from({ length: n + 1 }, () => random() * 10 ** (4 * random())),
    (n, random) => withRoots(Array.from({ length: n }, () => 0.5 + 1e-2 * random())),
    (n) => chebyshev(n),
    (n) => withRoots(Array.from({ length: n }, (_, i) => i + 1)),
    (n, random) => Array.from({ length: n + 1 }, (_, k) => ((n - k) % 2 === 0 ? random() : 0)),
    (n, random) => Array.from({ length: n + 1 }, (_, k) => (k === n || k === 1 ? 1 + random() / 2 : 0)),
  ];

  test('1000 random polynomials up to degree 12 have certificates that hold on a dense grid and are tight', async () => {
    const random = newRandom(12);
    for (let i = 0; i < 1000; i++) {
      const degree = 2 + (i % 11);
      const c = (KINDS[i % KINDS.length] as (typeof KINDS)[0])(degree, random);
      const l1 = 0.05 + 4 * Math.abs(random());
      const { frontier } = await certify(polynomial(c), { l1: [l1] });
      const { l0, lower = 0 } = frontier[0] as (typeof frontier)[0];
      const slope = slopeOf(c);
      const curvature = slopeOf(slope);
      const sizes = [slope, curvature].map((p) => p.map(Math.abs));
      let greatest = 0;
      for (let k = -4000; k <= 4000; k++) {
        const x = Math.sinh(k / 400) / 20;
        const [ofSlope = 0, ofCurvature = 0] = sizes.map((p) => horner(p, Math.abs(x)));
        // Horner's rule may be off by so much.
        const rounding = 4 * degree * Number.EPSILON * (ofCurvature + l1 * ofSlope);
        const difference = Math.abs(horner(curvature, x)) - l1 * Math.abs(horner(slope, x));
        greatest = Math.max(greatest, difference - rounding);
      }
      assert.ok(greatest <= l0, `${c} for ${l1}: ${greatest} > ${l0}`);
      assert.ok(l0 - lower <= 1e-6 * l0, `${c} for ${l1}: ${l0} is loose by ${l0 - lower}`);
    }
  });

  test('degrees 0 and 1, multiple roots, 1e300, degree 50', async () => {
    for (const c of [[3], [1, 2]]) {
      const { frontier, bestSum } = await certify(polynomial(c), { l1: [0], threshold: 1 });
      assert.equal(frontier[0]?.l0, 0);
      assert.equal(bestSum, 0);
    }
    close((await certify(polynomial([1, -4, 6, -4, 1]), { l1: [1] })).frontier[0]?.l0, 16, '(x - 1)⁴');
    const great = await certify(polynomial([0, 1e300, 0, 1e300, 1e300]), { l1: [2] });
    const usual = await certify(polynomial([0, 1, 0, 1, 1]), { l1: [2] });
    close((great.frontier[0]?.l0 as number) / 1e300, usual.frontier[0]?.l0 as number, '1e300');
    const random = newRandom(50);
    const c = Array.from({ length: 51 }, () => random());
    const { frontier } = await certify(polynomial(c), { l1: [2] });
    assert.ok((frontier[0]?.l0 as number) > 0);
  });

  test('what has no certificate is refused with the reason', async () => {
    await assert.rejects(certify(polynomial([0, 0, 0, 1]), { l1: [0] }), /no finite L0 .*L1 = 0/);
    await assert.rejects(certify({ rosenbrock: {} }, { l1: [1] }), /not \(L0, L1\)-smooth/);
    await assert.rejects(certify({ cosh: {} }, { l1: [0.5] }), /no finite L0/);
    await assert.rejects(certify({ quartic: {} }, { threshold: 0 }), /threshold/);
    await assert.rejects(certify({ quartic: {} }, {}), /at least one of/);
    await assert.rejects(transport().smoothness({ objective: { quartic: {} } }), /exactly one of/);
  });

  test('witnesses: matrix factorization, x²y²/2 and Rosenbrock', async () => {
    const witness = async (objective: object, along: number[]) =>
      (await transport().smoothness({ objective, witness: { along } })).witness;
    const { tensor } = transport();
    const product = (target: number) => ({
      matrixFactorization: { matrix: tensor({ shape: [1, 1], data: [target] }) },
    });
    const [far] = (await witness(product(1), [100])).points;
    assertClose([far?.gradientNorm as number], [0], { rtol: 0, atol: 1e-12 }, '∇f');
    close(far?.hessianNorm, 10000.0001, '‖∇²f‖');
    const flat = (await witness(product(0), [10, 1000])).points;
    assert.deepEqual(
      flat.map(({ gradientNorm }) => gradientNorm),
      [0, 0],
    );
    close(flat[1]?.hessianNorm, 1e6, 'x²y²/2');
    const valley = await witness({ rosenbrock: {} }, [100]);
    close(valley.points[0]?.gradientNorm, 0.99, 'Rosenbrock', 1e-6);
    assert.deepEqual(valley.lossBound, { h0: 4622, h1: 3620 });
    await assert.rejects(witness({ quartic: {} }, [1]), /has no witness/);
  });

  test('estimates: Rosenbrock’s Hessian at two points, by either method', async () => {
    const { tensor, smoothness } = transport();
    const points = [
      [10, 100],
      [-1.2, 1],
    ].map((data) => [tensor({ shape: [2], data })]);
    for (const curvature of ['LANCZOS', 'POWER']) {
      const { empirical } = await smoothness({
        objective: { rosenbrock: {} },
        estimate: { points, curvature },
      });
      const norms = empirical.visited.map(({ hessianNorm }) => hessianNorm);
      assertClose(norms, [80201.99501259292, 1506.366980651283], { rtol: 1e-12 }, curvature);
      assertClose(
        empirical.visited.map(({ gradientNorm }) => gradientNorm),
        [18, 232.86768775422664],
        { rtol: 1e-12 },
        '‖∇f‖',
      );
      assert.match(empirical.label, /no certificate/);
    }
  });

  test('slopes of log curvature over log gradient: 1/2, 2/3 and 4/5 for x³, x⁴ and x⁶', async () => {
    const { tensor, smoothness } = transport();
    const points = [1, 2, 3, 5, 8].map((x) => [tensor({ shape: [1], data: [x] })]);
    for (const [power, slope] of [
      [3, 0.5],
      [4, 2 / 3],
      [6, 0.8],
    ] as const) {
      const coefficients = [...new Array<number>(power).fill(0), 1];
      const { empirical } = await smoothness({ objective: polynomial(coefficients), estimate: { points } });
      const logs = empirical.fits.find(({ of }) => of === 'HESSIAN')?.logs;
      close(logs?.slope, slope, `x^${power}`, 1e-12);
      close(logs?.pearson, 1, 'Pearson', 1e-12);
      close(logs?.spearman, 1, 'Spearman', 1e-12);
    }
  });

  test('a path of one point, and one that leaves the doubles', async () => {
    const { tensor, smoothness } = transport();
    const at = (x: number) => [tensor({ shape: [1], data: [x] })];
    const single = (await smoothness({ objective: { quartic: {} }, estimate: { points: [at(1)] } }))
      .empirical;
    assert.match(single.detail, /one point/);
    assert.equal(single.visited[0]?.secant, undefined);
    assert.equal(single.fits[0]?.regression, undefined);
    const run = { start: at(10), optimizer: { sgd: { learningRate: 0.01 } }, iterations: 50 };
    const lost = (await smoothness({ objective: { quartic: {} }, estimate: { run } })).empirical;
    assert.match(lost.detail, /DIVERGED/);
    const far = [at(1), at(1e200), at(2)];
    const broken = (await smoothness({ objective: { quartic: {} }, estimate: { points: far } })).empirical;
    assert.match(broken.detail, /not finite at 1 point/);
    assert.equal(broken.fits.find(({ of }) => of === 'HESSIAN')?.points, 2);
    const points = [at(1), at(Number.NaN), at(2)];
    const lacking = (await smoothness({ objective: { quartic: {} }, estimate: { points } })).empirical;
    assert.match(lacking.detail, /not finite at 1 point\(s\), the first of them 1/);
  });

  test('the envelope lies above all pairs and touches', async () => {
    const { tensor, smoothness } = transport();
    const points = [0.5, 1, 1.5, 2].map((x) => [tensor({ shape: [1], data: [x] })]);
    const { empirical } = await smoothness({
      objective: { quartic: {} },
      estimate: { points, threshold: 4 },
    });
    const { l0, l1 } = empirical.fits.find(({ of }) => of === 'HESSIAN')?.envelope ?? { l0: 0, l1: 0 };
    const rest = empirical.visited.map((v) => l0 + l1 * v.gradientNorm - v.hessianNorm);
    assert.ok(Math.min(...rest) >= -1e-12);
    close(l0 + 4 * l1, 12, 'at x = 1');
  });
});
