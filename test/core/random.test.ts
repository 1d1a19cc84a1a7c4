import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { below, permute, philox, STREAM_BATCH, STREAM_START, words } from '../../src/core/kernels/random.js';

const take = (count: number, next: () => number): number[] => Array.from({ length: count }, () => next());
const parse = (hex: string): number[] => hex.split(' ').map((word) => Number.parseInt(word, 16));

/** Pearson's statistic of counts that should be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The 0.9999 quantile of chi-square with k degrees of freedom (Wilson and Hilferty 1931). */
function limit(k: number): number {
  const z = 3.719;
  return k * (1 - 2 / (9 * k) + z * Math.sqrt(2 / (9 * k))) ** 3;
}

function assertEven(counts: readonly number[], what: string): void {
  const statistic = chiSquare(counts);
  assert.ok(statistic < limit(counts.length - 1), `${what}: chi-square ${statistic} of ${counts}`);
}

describe('Philox4x32-10', () => {
  // tests/kat_vectors of Random123 1.14: counter, key, output.
  for (const [title, counter, key, output] of [
    [
      'zeros',
      '00000000 00000000 00000000 00000000',
      '00000000 00000000',
      '6627e8d5 e169c58d bc57ac4c 9b00dbd8',
    ],
    [
      'ones',
      'ffffffff ffffffff ffffffff ffffffff',
      'ffffffff ffffffff',
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    ],
    [
      'the digits of pi',
      '243f6a88 85a308d3 13198a2e 03707344',
      'a4093822 299f31d0',
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    ],
  ] as const)
    test(`gives the published answer for ${title}`, () => {
      const block = Uint32Array.from(parse(counter));
      const [key0, key1] = parse(key) as [number, number];
      philox(block, key0, key1);
      assert.deepEqual([...block], parse(output));
    });
});

describe('words', () => {
  test('word i is word i mod 4 of block i/4, under the seed as a 64-bit key', () => {
    const seed = 0x1fffff * 2 ** 32 + 0x89abcdef;
    const drawn = take(12, words(seed, STREAM_START, 77));
    for (let i = 0; i < 12; i += 4) {
      const block = Uint32Array.of(i / 4, 77, STREAM_START, 0);
      philox(block, 0x89abcdef, 0x1fffff);
      assert.deepEqual(drawn.slice(i, i + 4), [...block]);
    }
  });

  test('do not depend on what else was drawn, or in which order', () => {
    const alone = [0, 1, 2, 3].map((k) => take(10, words(5, STREAM_BATCH, k)));
    const backwards = [3, 2, 1, 0].map((k) => take(10, words(5, STREAM_BATCH, k))).reverse();
    assert.deepEqual(backwards, alone);
    const interleaved = [0, 1, 2, 3].map((k) => words(5, STREAM_BATCH, k));
    const drawn = Array.from({ length: 10 }, () => interleaved.map((next) => next()));
    assert.deepEqual(
      alone.map((_, k) => drawn.map((row) => row[k])),
      alone,
    );
  });

  test('differ between seeds, streams and iterations', () => {
    const sources = [
      [0, STREAM_BATCH, 0],
      [1, STREAM_BATCH, 0],
      [2 ** 32, STREAM_BATCH, 0],
      [Number.MAX_SAFE_INTEGER, STREAM_BATCH, 0],
      [0, STREAM_START, 0],
      [0, STREAM_BATCH, 1],
      [0, STREAM_BATCH, 4294967295],
    ] as const;
    const drawn = sources.flatMap(([seed, stream, k]) => take(16, words(seed, stream, k)));
    assert.equal(new Set(drawn).size, 16 * sources.length);
  });

  test('have every bit set half of the time', () => {
    const n = 20000;
    const drawn = take(n, words(11, STREAM_BATCH, 0));
    for (let bit = 0; bit < 32; bit++) {
      const ones = drawn.filter((word) => (word >>> bit) & 1).length;
      assertEven([ones, n - ones], `bit ${bit}`);
    }
  });
});

describe('below', () => {
  for (const n of [2, 3, 6, 7, 10, 100, 1000])
    test(`${n} gives every number below ${n} equally often`, () => {
      const next = words(3, STREAM_BATCH, n);
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 200 * n + 2000; i++) {
        const value = below(n, next);
        counts[value] = (counts[value] as number) + 1;
      }
      assert.equal(counts.length, n);
      assertEven(counts, `below ${n}`);
    });

  // Neither a remainder (the low third twice as often) nor a product (every third number twice as often) would do.
  test('has no bias even where two thirds of its numbers have one word and one third has two', () => {
    const n = 3 * 2 ** 30;
    const next = words(4, STREAM_BATCH, 0);
    const thirds = [0, 0, 0];
    const remainders = [0, 0, 0];
    for (let i = 0; i < 6000; i++) {
      const value = below(n, next);
      assert.ok(value >= 0 && value < n);
      thirds[Math.floor(value / 2 ** 30)] = (thirds[Math.floor(value / 2 ** 30)] as number) + 1;
      remainders[value % 3] = (remainders[value % 3] as number) + 1;
    }
    assertEven(thirds, 'thirds');
    assertEven(remainders, 'remainders');
  });

  test('1 is always 0', () => {
    assert.deepEqual(
      take(5, () => below(1, words(0, STREAM_BATCH, 0))),
      [0, 0, 0, 0, 0],
    );
  });
});

describe('permute', () => {
  test('gives a permutation of every length', () => {
    for (const n of [0, 1, 2, 3, 17, 64, 1000, 65537]) {
      const index = new Int32Array(n).fill(-1);
      permute(index, words(9, STREAM_BATCH, n));
      assert.deepEqual(
        index.toSorted(),
        Int32Array.from({ length: n }, (_, i) => i),
      );
    }
  });

  test('gives all 24 orders of four equally often', () => {
    const counts = new Map<string, number>();
    const index = new Int32Array(4);
    for (let k = 0; k < 12000; k++) {
      permute(index, words(2, STREAM_BATCH, k));
      const order = index.join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    assertEven([...counts.values()], 'orders');
  });

  test('depends on its words alone, not on what the array held', () => {
    const [a, b] = [new Int32Array(100), new Int32Array(100).fill(7)];
    permute(a, words(1, STREAM_BATCH, 3));
    permute(b, words(1, STREAM_BATCH, 3));
    assert.deepEqual(a, b);
  });
});
