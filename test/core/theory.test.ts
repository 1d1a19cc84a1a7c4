import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ADAPTIVE_FORMS,
  adaptiveLength,
  adaptiveMeanBound,
  adaptiveRate,
} from '../../src/core/theory/adaptive-step.js';
import {
  BEST_THETA,
  boundConstants,
  budget,
  iterationsTo,
  kappa,
  LECTURE_THETA,
  lawfulLearningRate,
  looseBound,
  MAX_THETA,
  sharpBound,
  smoothedBound,
} from '../../src/core/theory/clipped-descent.js';
import { leastSquareBound, simpleMeanBound } from '../../src/core/theory/gradient-descent.js';
import { RUNS } from '../support/doubles.js';
import { assertClose } from '../support/golden.js';

/** Expected numbers are those of 60-digit arithmetic. */
const close = (actual: readonly number[], expected: readonly number[]): void =>
  assertClose(actual, expected, { rtol: 1e-12 }, 'fact');

describe('the bounds of clipped descent', () => {
  it('have κ, C1 and C2 at the lecture’s θ = 1/9 in both forms', () => {
    const first = kappa(LECTURE_THETA, 'FIRST_ORDER');
    const hessian = kappa(LECTURE_THETA, 'HESSIAN');
    close([first, hessian], [17 / 18, 0.9423283813232272]);
    close(Object.values(boundConstants(first)), [1.0289915108550531, 1.0588235294117647]);
    close(Object.values(boundConstants(hessian)), [1.0301461985522258, 1.0612011903916019]);
  });

  it('have the largest guaranteed decrease θκ at θ = 1, and ln 2 in the Hessian form', () => {
    close([kappa(1, 'FIRST_ORDER'), kappa(BEST_THETA.HESSIAN, 'HESSIAN')], [0.5, 0.5573049591110365]);
    close([BEST_THETA.HESSIAN * kappa(BEST_THETA.HESSIAN, 'HESSIAN')], [0.3862943611198906]);
    for (const form of ['FIRST_ORDER', 'HESSIAN'] as const) {
      const decrease = (theta: number): number => theta * kappa(theta, form);
      for (const theta of [0.5, 0.9, 0.99, 1.01, 1.1, 1.5])
        assert.ok(decrease(BEST_THETA[form]) > decrease(theta * BEST_THETA[form]), `${form}, ${theta}`);
    }
  });

  it('guarantee something up to MAX_THETA', () => {
    close([MAX_THETA.HESSIAN], [1.2564312086261695]);
    for (const form of ['FIRST_ORDER', 'HESSIAN'] as const) {
      assert.ok(Math.abs(kappa(MAX_THETA[form], form)) < 1e-15, form);
      assert.ok(kappa(0.999 * MAX_THETA[form], form) > 0, form);
      assert.equal(kappa(0, form), 1);
    }
  });

  it('are sharp and loose as the two numbers say', () => {
    close([sharpBound(9, 2), looseBound(3, 2), sharpBound(0.01, 1)], [5, 7.5, 0.1]);
    const positive = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(positive, positive, (s, c) => {
        const [sharp, loose] = [sharpBound(s * s, c), looseBound(s, c)];
        assert.ok(s <= sharp * (1 + 1e-15) && sharp <= loose * (1 + 1e-15), `${s}, ${c}`);
        assert.ok(smoothedBound(s, c) <= loose * (1 + 1e-15), `${s}, ${c}`);
      }),
      RUNS,
    );
  });

  it('hold on x⁴ from 10 with (4, 2) at the lecture’s step, as measured for c = 1, 10, 100', () => {
    for (const [c, mean, loose, sharp] of [
      [1, 542.020668080409, 596.9870772383749, 573.2986428114649],
      [10, 218.18058891150568, 277.0963259784058, 231.71945712458597],
      [100, 188.6542159708715, 334.4203981371183, 219.83653855589804],
    ] as const) {
      const gamma = lawfulLearningRate(LECTURE_THETA, 4, 2, c);
      close([gamma], [1 / (9 * (4 + 2 * c))]);
      const s = Math.sqrt(budget(10_000, kappa(LECTURE_THETA, 'HESSIAN'), gamma) / 1000);
      close([looseBound(s, c), sharpBound(s * s, c)], [loose, sharp]);
      assert.ok(mean <= sharp);
    }
  });

  it('need Δ0 / (κγ ε min(ε, c)) iterations to a gradient of ε', () => {
    assert.equal(iterationsTo(0.5, 10, 2), 40);
    assert.equal(iterationsTo(2, 10, 0.5), 10);
    assert.equal(iterationsTo(3, 10, 3), 2);
  });

  it('have a lawful rate without L1 whatever the threshold, and none where nothing is known', () => {
    assert.deepEqual(
      [lawfulLearningRate(1, 2, 0, Infinity), lawfulLearningRate(1, 0, 0, 1)],
      [0.5, Infinity],
    );
    assert.equal(lawfulLearningRate(1, 2, 3, Infinity), 0);
  });
});

describe('the bounds of descent without clipping', () => {
  it('are those of an L-smooth function', () => {
    const descent = { smoothness: 1, learningRate: 1, gap: 1, iterations: 100 };
    close([leastSquareBound(descent)], [0.013245033112582781]);
    close([simpleMeanBound(descent)], [Math.sqrt(2 / 100)]);
  });
});

describe('the adaptive step', () => {
  it('has the bound of the mean that its constants give', () => {
    close([adaptiveMeanBound(0.1, 1, 2)], [0.43166247903554]);
  });

  it('is the known number on x⁴ at 10', () => {
    close([adaptiveRate(4000, 4, 2, 'HESSIAN_OPTIMAL')], [8.66121592841877e-5]);
    close([adaptiveRate(4000, 4, 2, 'HESSIAN_SIMPLE')], [8.330556481172943e-5]);
    close([adaptiveRate(4000, 4, 2, 'FIRST_ORDER')], [1 / 8004]);
    close([adaptiveRate(4000, 4, 2, 'HARD')], [1 / 24000]);
  });

  it('tends to 1/L0 for small gradients and small L1, but for HARD, which takes half of it', () => {
    for (const form of ADAPTIVE_FORMS)
      for (const [g, l1] of [
        [0, 3],
        [1e-300, 3],
        [1e-18, 3],
        [1e5, 1e-300],
        [1e5, 0],
        [Infinity, 0],
      ] as const) {
        const expected = form === 'HARD' ? 1 / 8 : 1 / 4;
        close([adaptiveRate(g, 4, l1, form)], [expected]);
      }
  });

  it('has a length of rate · g, and a finite one where the rate is no double', () => {
    const wide = fc.double({ min: -8, max: 8, noNaN: true }).map((exponent) => 10 ** exponent);
    for (const form of ADAPTIVE_FORMS) {
      fc.assert(
        fc.property(wide, wide, wide, (g, l0, l1) => {
          const length = adaptiveLength(g, l0, l1, form);
          assertClose([adaptiveRate(g, l0, l1, form) * g], [length], { rtol: 1e-13 }, form);
        }),
        RUNS,
      );
      const [far, degenerate] = [adaptiveLength(Infinity, 4, 10, form), adaptiveLength(5e-324, 0, 10, form)];
      close([degenerate], [far]);
      assert.ok(far > 0.03 && far <= 0.1, `${form}: ${far}`);
    }
  });

  it('is its series for small gradients', () => {
    // η* = (1/L0)(1 - 3 r/2 + ...) with r = L1 g / L0.
    for (const r of [1e-4, 1e-6, 1e-9])
      assertClose(
        [adaptiveRate(r, 1, 1, 'HESSIAN_OPTIMAL')],
        [1 - 1.5 * r + (7 / 3) * r * r],
        { rtol: 1e-11 },
        `r = ${r}`,
      );
  });
});
