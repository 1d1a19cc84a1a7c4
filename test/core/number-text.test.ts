import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toJson } from '../../src/wire/json.js';

/** What JavaScript itself writes, one number at a time. */
function own(values: Iterable<number>): string {
  const texts = Array.from(values, (v) => {
    if (!Number.isFinite(v)) return `"${v}"`;
    return Object.is(v, -0) ? '-0' : String(v);
  });
  return `[${texts.join(',')}]`;
}

const same = (values: readonly number[]): void =>
  assert.equal(toJson(Float64Array.from(values)), own(values));

/** Doubles of any bits, the same ones each time: a linear congruential generator. */
function anyBits(count: number, seed: bigint): number[] {
  const bits = new BigUint64Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    bits[i] = (state >> 32n) ^ (state << 32n);
  }
  return [...new Float64Array(bits.buffer)];
}

describe('the text of an array of numbers is that of JavaScript', () => {
  test('for every power of two, and its neighbours', () => {
    const values: number[] = [];
    const word = new BigUint64Array(1);
    const [double] = [new Float64Array(word.buffer)];
    for (let e = -1074; e < 1024; e++)
      for (const step of [-1n, 0n, 1n]) {
        double[0] = 2 ** e;
        word[0] = (word[0] as bigint) + step;
        values.push(double[0] as number);
      }
    same(values);
  });

  test('for every power of ten times one digit, and their neighbours', () => {
    const values: number[] = [];
    for (let e = -324; e <= 308; e++)
      for (let digit = 1; digit <= 9; digit++) {
        const v = Number(`${digit}e${e}`);
        values.push(v, -v, v * (1 + 2 ** -52), v * (1 - 2 ** -53));
      }
    same(values);
  });

  test('for whole numbers, up to and beyond those that are exact', () => {
    const values = Array.from({ length: 2000 }, (_, i) => i);
    for (let e = 0; e < 80; e++) values.push(2 ** e - 1, 2 ** e + 1, 10 ** (e % 23) + 1, 123456789 * 2 ** e);
    same([...values, ...values.map((v) => -v)]);
  });

  test('for short decimals', () => {
    same(Array.from({ length: 50_000 }, (_, i) => ((i * 7919) % 1_000_003) / 10 ** (i % 10)));
  });

  test('for 200,000 doubles of any bits: subnormals, NaN and the infinities among them', () => {
    same(anyBits(200_000, 1n));
    same([NaN, Infinity, -Infinity, 0, -0, 5e-324, -5e-324, 2.225073858507201e-308, Number.MAX_VALUE]);
    same(anyBits(20_000, 2n).map((v) => v % 1e-300));
  });

  test('for the longest ones, as many as are written at once and more', () => {
    for (const longest of [-0.0000012345678901234567, -1.2345678901234567e-308, -123456789012345680000])
      for (const count of [1, 1023, 1024, 1025, 5000]) same(Array(count).fill(longest));
  });

  test('for singles, which are written as the doubles that they are', () => {
    const singles = Float32Array.from({ length: 5000 }, (_, i) => Math.sin(i) * 10 ** ((i % 70) - 35));
    assert.equal(toJson(singles), own(singles));
  });

  test('for shared memory and for a part of an array', () => {
    const shared = new Float64Array(new SharedArrayBuffer(24));
    shared.set([0.1, -2, 3e100]);
    assert.equal(toJson(shared.subarray(1)), '[-2,3e+100]');
  });
});
