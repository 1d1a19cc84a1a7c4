import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { clipGradients } from '../../src/core/clip-gradients.js';
import { clipping } from '../../src/core/clipping/index.js';
import type { Report } from '../../src/core/kernels/clip.js';
import { anyDouble, anyVector, RUNS } from '../support/doubles.js';
import { powerSum, units } from '../support/exact.js';

/** Rules that divide by a norm, compared with exact arithmetic over the whole range of doubles. */
function clip(values: readonly number[], rule: object, parameters: readonly number[] | null = null) {
  const data = Float64Array.from(values);
  const gradients = [{ name: 'g', shape: [data.length], data }];
  const extras = { parameters: parameters && [Float64Array.from(parameters)], state: null };
  const spec = clipping.spec.parse(rule);
  const [report] = clipGradients(gradients, clipping.build(spec), 'REJECT', extras).reports as [Report];
  return { ...report, g: [...data] };
}

/** Norms are kept as units · 2^128. */
const BITS = 128n;

function root(n: bigint): bigint {
  if (n < 2n) return n;
  let x = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
const norm = (x: readonly number[], count = 1n): bigint => root((powerSum(x, 2n) << (2n * BITS)) / count);
const fine = (x: number): bigint => units(x) << BITS;

/** |v| is numerator / denominator units, to `ulps` roundings of 2^-53 and one least double; v has the sign of x. */
function assertQuotient(v: number, x: number, [numerator, denominator]: Quotient, ulps: number): void {
  assert.ok(v === 0 || Math.sign(v) === Math.sign(x), `${x} became ${v}`);
  const difference = units(v) * denominator - numerator;
  const slack = numerator * BigInt(ulps) + (denominator << 53n);
  assert.ok((difference < 0n ? -difference : difference) << 53n <= slack, `${x} became ${v}`);
}
type Quotient = readonly [bigint, bigint];

const ulpsOf = (x: readonly number[]): number => x.length + 16;
const greater = (a: bigint, b: bigint): bigint => [b, a][Number(a > b)] as bigint;
const size = anyDouble.map(Math.abs);
const isZero = (x: readonly number[]): boolean => x.every((v) => v === 0);

describe('over the whole range of doubles', () => {
  test('smooth is g c / (c + ‖g‖)', () => {
    fc.assert(
      fc.property(anyVector, size, (x, c) => {
        const { g, clipped, scale } = clip(x, { smooth: { threshold: c } });
        const length = norm(x) + fine(c);
        for (const [i, v] of g.entries())
          if (length === 0n) assert.equal(v, x[i]);
          else assertQuotient(v, x[i] as number, [fine(x[i] as number) * units(c), length], ulpsOf(x));
        if (!clipped) assert.deepEqual([scale, g], [1, x]);
      }),
      RUNS,
    );
  });

  test('normalize is g scale / (‖g‖ + epsilon)', () => {
    const positive = size.filter((v) => v > 0);
    const epsilon = fc.oneof(fc.constant(0), size);
    fc.assert(
      fc.property(anyVector, fc.oneof(fc.constant(1), positive), epsilon, (x, scale, epsilon) => {
        const { g } = clip(x, { normalize: { scale, epsilon } });
        const length = norm(x) + fine(epsilon);
        for (const [i, v] of g.entries())
          if (isZero(x)) assert.equal(v, x[i]);
          else assertQuotient(v, x[i] as number, [fine(x[i] as number) * units(scale), length], ulpsOf(x));
      }),
      RUNS,
    );
  });

  test('blockRms is u / max(1, RMS(u) / d)', () => {
    fc.assert(
      fc.property(anyVector, size, (x, d) => {
        const { g, clipped, scale, norm: reported, clippedNorm } = clip(x, { blockRms: { threshold: d } });
        const rms = norm(x, BigInt(x.length));
        if (!clipped) assert.deepEqual([scale, clippedNorm, g], [1, reported, x]);
        // Within rounding errors of the threshold either answer is right.
        if (clipped) assert.ok(rms * 1001n >= fine(d) * 1000n, 'clipped below the threshold');
        else assert.ok(rms * 1000n <= fine(d) * 1001n, 'not clipped above the threshold');
        if (!clipped) return;
        for (const [i, v] of g.entries())
          assertQuotient(v, x[i] as number, [fine(x[i] as number) * units(d), rms], ulpsOf(x));
      }),
      RUNS,
    );
  });

  /** Keeps the bound itself an ordinary number. */
  const LEAST = 1e-290;
  test('adaptive bounds a vector by λ times the norm of its parameters', () => {
    fc.assert(
      fc.property(anyVector, anyVector, fc.double({ min: 1e-6, max: 1, noNaN: true }), (x, w, lambda) => {
        const rule = { adaptive: { clipping: lambda, epsilon: LEAST } };
        const parameters = x.map((_, i) => w[i % w.length] as number);
        const { g, clipped } = clip(x, rule, parameters);
        const bound = greater(norm(parameters), fine(LEAST)) * units(lambda);
        const length = norm(x) << 1074n;
        if (clipped) assert.ok(length * 1001n >= bound * 1000n, 'clipped below the bound');
        else assert.ok(length * 1000n <= bound * 1001n, 'not clipped above the bound');
        if (!clipped) assert.deepEqual(g, x);
        else
          for (const [i, v] of g.entries()) {
            const divisor = greater(length, fine(1e-6) << 1074n);
            assertQuotient(v, x[i] as number, [units(x[i] as number) * bound, divisor], 2 * ulpsOf(x));
          }
      }),
      RUNS,
    );
  });
});
