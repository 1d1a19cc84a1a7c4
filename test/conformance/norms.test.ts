import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { clipGradients } from '../../src/core/clip-gradients.js';
import { clipping } from '../../src/core/clipping/index.js';
import type { Report } from '../../src/core/kernels/clip.js';
import { anyDouble, anyVector, around, RUNS } from '../support/doubles.js';
import { below, compareRoot, powerOfTwo, powerSum, units } from '../support/exact.js';

interface Clipped extends Report {
  readonly g: readonly number[];
}
function clip(values: readonly number[], threshold: number, norm: number): Clipped {
  const data = Float64Array.from(values);
  const spec = { globalNorm: { threshold, norm, epsilon: 0 } };
  const [report] = clipGradients([{ name: 'g', shape: [data.length], data }], clipping.build(spec), 'REJECT')
    .reports as [Report];
  return { ...report, g: [...data] };
}

/** ‖x‖^p in units^p, exact. */
const exactPower = (x: readonly number[], p: number): bigint =>
  p === Infinity ? units(Math.max(...x.map(Math.abs))) : powerSum(x, BigInt(p));
const exponentOf = (p: number): bigint => (p === Infinity ? 1n : BigInt(p));

/** Rounding errors of the norm: one for each term of the sum, a few for the division and the root. */
const ulpsOf = (x: readonly number[], p: number): number => (p === Infinity ? 0 : x.length + 8);
const threshold = anyDouble.map(Math.abs);

for (const p of [1, 2, 3, Infinity])
  describe(`the norm of order ${p}, over the whole range of doubles`, () => {
    const q = exponentOf(p);

    test('is right to a few roundings, and Infinity only beyond the doubles', () => {
      fc.assert(
        fc.property(anyVector, (x) => {
          const { norm } = clip(x, Infinity, p);
          assert.equal(compareRoot(norm, exactPower(x, p), q, ulpsOf(x, p)), 0, `norm ${norm}`);
        }),
        RUNS,
      );
    });

    test('is the threshold at which the gradient is left alone, and below which it is not', () => {
      fc.assert(
        fc.property(anyVector, (x) => {
          const { norm } = clip(x, Infinity, p);
          fc.pre(norm !== Infinity && norm !== 0);
          const at = clip(x, norm, p);
          assert.deepEqual([at.clipped, at.scale, at.g], [false, 1, x]);
          const under = clip(x, below(norm), p);
          assert.equal(under.clipped, true);
        }),
        RUNS,
      );
    });

    test('decides whether a gradient is touched: if and only if the exact norm exceeds c', () => {
      fc.assert(
        fc.property(anyVector, threshold, (x, c) => {
          const { clipped, g } = clip(x, c, p);
          const side = compareRoot(c, exactPower(x, p), q, ulpsOf(x, p));
          if (side !== 0) assert.equal(clipped, side < 0);
          if (!clipped) assert.deepEqual(g, x);
        }),
        RUNS,
      );
    });

    test('after clipping is the threshold, component by component g c / ‖g‖', () => {
      fc.assert(
        fc.property(anyVector, threshold, (x, c) => {
          const { clipped, g, clippedNorm } = clip(x, c, p);
          fc.pre(clipped);
          assert.equal(clippedNorm, c);
          const sum = exactPower(x, p);
          g.forEach((v, i) => {
            assert.ok(v === 0 || Math.sign(v) === Math.sign(x[i] as number));
            // |v|^p = |x|^p c^p / ‖x‖^p, with both sides times ‖x‖^p
            assertQuotient(v, (units(x[i] as number) * units(c)) ** q, sum, q, ulpsOf(x, p) + 4);
          });
        }),
        RUNS,
      );
    });

    test('and the clipped gradient scale with powers of two, bit for bit where nothing is rounded off', () => {
      fc.assert(
        fc.property(
          around(-200, 200, 20),
          fc.integer({ min: -100, max: 100 }),
          fc.double({ min: 0.01, max: 2, noNaN: true }),
          (x, k, part) => {
            const size = powerOfTwo(k);
            const plain = clip(x, Infinity, p);
            fc.pre(plain.norm !== 0);
            const c = part * plain.norm;
            const [a, b] = [
              clip(x, c, p),
              clip(
                x.map((v) => v * size),
                c * size,
                p,
              ),
            ];
            assert.deepEqual(
              [b.norm, b.clippedNorm, b.scale, b.clipped],
              [a.norm * size, a.clippedNorm * size, a.scale, a.clipped],
            );
            assert.deepEqual(
              b.g,
              a.g.map((v) => v * size),
            );
          },
        ),
        RUNS,
      );
    });
  });

/** |v| is (numerator / denominator)^(1/p) units, to `ulps` roundings of 2^-53 and one least double. */
function assertQuotient(v: number, numerator: bigint, denominator: bigint, p: bigint, ulps: number): void {
  const one = 1n << 53n;
  const slack = units(v) * BigInt(ulps) + one;
  const [least, most] = [units(v) * one - slack, units(v) * one + slack];
  const target = numerator << (53n * p);
  assert.ok(least < 0n || least ** p * denominator <= target, `${v} is too large`);
  assert.ok(most ** p * denominator >= target, `${v} is too small`);
}

describe('a norm of fractional order', () => {
  for (const p of [0.5, 1.5, 2.5, 7.3])
    test(`p = ${p} is right to 1e-13 where the terms can be computed directly`, () => {
      fc.assert(
        fc.property(around(-20, 20, 12), (x) => {
          const sum = x.reduce((s, v) => s + Math.abs(v) ** p, 0);
          const direct = sum ** (1 / p);
          const { norm } = clip(x, Infinity, p);
          assert.ok(Math.abs(norm - direct) <= 1e-13 * direct, `${norm} instead of ${direct}`);
        }),
        RUNS,
      );
    });

  for (const p of [0.5, 1.5, 2.5, 7.3])
    test(`p = ${p} scales with powers of two into the far ends of the range`, () => {
      fc.assert(
        fc.property(around(0, 20, 12), fc.integer({ min: -1020, max: 980 }), (x, k) => {
          const plain = clip(x, Infinity, p).norm;
          const far = clip(
            x.map((v) => v * powerOfTwo(k)),
            Infinity,
            p,
          ).norm;
          const wanted = plain * powerOfTwo(k);
          if (wanted === Infinity) assert.equal(far, Infinity);
          else
            assert.ok(Math.abs(far - wanted) <= 1e-15 * wanted + Number.MIN_VALUE, `${far}, not ${wanted}`);
        }),
        RUNS,
      );
    });

  test('grows as the order falls', () => {
    fc.assert(
      fc.property(anyVector, (x) => {
        const norms = [Infinity, 7.3, 3, 2.5, 2, 1.5, 1, 0.5].map((p) => clip(x, Infinity, p).norm);
        for (let i = 1; i < norms.length; i++) {
          const [less, more] = [norms[i - 1] as number, norms[i] as number];
          assert.ok(more >= less * (1 - 1e-14), `${more} after ${less}`);
        }
      }),
      RUNS,
    );
  });
});
