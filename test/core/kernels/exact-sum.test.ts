import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exactSum } from '../../../src/core/kernels/exact-sum.js';
import { RUNS } from '../../support/doubles.js';
import { units } from '../../support/exact.js';

/** The double nearest to a whole number of 2^-1074, ties to even. */
function nearest(value: bigint): number {
  const shift = BigInt(Math.max(0, value.toString(2).length - 53));
  const half = shift === 0n ? 0n : 1n << (shift - 1n);
  const rest = value & ((1n << shift) - 1n);
  let digits = value >> shift;
  if (shift > 0n && (rest > half || (rest === half && (digits & 1n) === 1n))) digits++;
  // Two exact steps, because 2^-1074 itself may be all that there is.
  return Number(digits) * 2 ** Math.max(Number(shift) - 1074, -1074) * 1;
}

const term = fc
  .tuple(fc.integer({ min: -1074, max: 960 }), fc.integer({ min: 1, max: 2 ** 31 }))
  .map(([exponent, digits]) => digits * 2 ** exponent);
/** Terms of one size, of which the sum is often a tie, and whatever else. */
const close = fc.integer({ min: -1000, max: 900 }).chain((k) =>
  fc.array(
    fc.constantFrom(-54, -53, -52, -1, 0, 1, 2).map((j) => 2 ** (k + j)),
    { maxLength: 12 },
  ),
);
const terms = fc.oneof(close, fc.array(term, { maxLength: 40 }));

test('a sum is rounded once, so it is the nearest double in any order', () => {
  fc.assert(
    fc.property(terms, (list) => {
      const expected = nearest(list.reduce((sum, v) => sum + units(v), 0n));
      assert.equal(exactSum(list, list.length), expected);
      assert.equal(exactSum(list.toReversed(), list.length), expected);
      assert.equal(exactSum(list.toSorted(), list.length), expected);
    }),
    { ...RUNS, numRuns: 5000 },
  );
});

test('a sum that is not finite is what IEEE arithmetic makes of it', () => {
  assert.equal(exactSum([1, Infinity, 2], 3), Infinity);
  assert.equal(exactSum([Infinity, 1, Number.NaN], 3), Number.NaN);
  assert.equal(exactSum([], 0), 0);
});
