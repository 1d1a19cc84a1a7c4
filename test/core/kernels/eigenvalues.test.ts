import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eigenvalues } from '../../../src/core/kernels/eigenvalues.js';
import { assertClose, readGolden } from '../../support/golden.js';

interface Case {
  readonly id: string;
  readonly expect: {
    readonly hessian: { readonly shape: readonly [number, number]; readonly data: readonly number[] };
    readonly eigenvalues_ascending: readonly number[];
  };
}
const ascending = (a: number, b: number): number => a - b;
const sorted = (matrix: readonly number[], n: number): number[] =>
  [...eigenvalues(Float64Array.from(matrix), n)].sort(ascending);

for (const { id, expect } of readGolden<{ cases: readonly Case[] }>('hessian').cases)
  test(`${id}: the eigenvalues of a Hessian`, () => {
    const { data, shape } = expect.hessian;
    const expected = expect.eigenvalues_ascending;
    assertClose(sorted(data, shape[0]), expected, { rtol: 1e-8, atol: 1e-10 }, 'eigenvalue');
  });

test('eigenvalues that are equal, opposite, zero or of very different size', () => {
  assert.deepEqual(sorted([3, 0, 0, 3], 2), [3, 3]);
  assertClose(sorted([0, 2, 2, 0], 2), [-2, 2], { rtol: 1e-15 }, 'opposite');
  assertClose(sorted([1, 1, 1, 1], 2), [0, 2], { rtol: 1e-15, atol: 1e-15 }, 'singular');
  assertClose(sorted([1e200, 1, 1, 1e-200], 2), [0, 1e200], { rtol: 1e-15, atol: 1 }, 'far apart');
  assert.deepEqual(sorted([], 0), []);
});
