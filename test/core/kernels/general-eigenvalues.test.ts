import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { generalEigenvalues } from '../../../src/core/kernels/general-eigenvalues.js';
import { assertClose, readGolden } from '../../support/golden.js';
import { newRandom } from '../../support/random.js';

type Pair = readonly [real: number, imaginary: number];
function pairs(matrix: readonly number[], n: number): Pair[] {
  const { real, imaginary, converged } = generalEigenvalues(Float64Array.from(matrix), n);
  assert.ok(converged);
  return Array.from(real, (re, i): Pair => [re, imaginary[i] as number]).sort(
    (a, b) => a[0] - b[0] || a[1] - b[1],
  );
}
const close = (actual: readonly Pair[], expected: readonly Pair[], rtol = 1e-14): void =>
  assertClose(actual.flat(), expected.flat(), { rtol, atol: rtol }, 'eigenvalues');

describe('eigenvalues of any square matrix', () => {
  test('a rotation has e^{±i}, and 1.1 times it 1.1 e^{±i}', () => {
    const [c, s] = [Math.cos(1), Math.sin(1)];
    close(pairs([c, -s, s, c], 2), [
      [c, -s],
      [c, s],
    ]);
    close(pairs([1.1 * c, -1.1 * s, 1.1 * s, 1.1 * c], 2), [
      [1.1 * c, -1.1 * s],
      [1.1 * c, 1.1 * s],
    ]);
  });

  test('a triangle, however its rows and columns are permuted, has its diagonal to the last bit', () => {
    const order = [3, 0, 4, 1, 2];
    const triangle = (i: number, j: number): number =>
      (i > j ? 0 : i === j ? [0.9, 0.9, -2, 0, 0.9][i] : 10) as number;
    const matrix = order.flatMap((i) => order.map((j) => triangle(i, j)));
    assert.deepEqual(
      pairs(matrix, 5).map(([real]) => real),
      [-2, 0, 0.9, 0.9, 0.9],
    );
  });

  test('cycles, whose sweeps without an exceptional shift change nothing, have the roots of 1', () => {
    for (const n of [2, 3, 4, 5, 8]) {
      const cycle = Array.from({ length: n * n }, (_, k) => +((Math.floor(k / n) + 1) % n === k % n));
      const roots = Array.from({ length: n }, (_, k): Pair => {
        const angle = (2 * Math.PI * k) / n;
        return [Math.cos(angle), Math.sin(angle)];
      });
      for (const [re, im] of pairs(cycle, n))
        assert.ok(
          roots.some(([a, b]) => Math.hypot(a - re, b - im) < 1e-13),
          `${re} + ${im}i, n = ${n}`,
        );
    }
  });

  test('companion matrices have the roots of their polynomials', () => {
    // (x - 1)(x - 2)(x - 3)(x² + 1) = x⁵ - 6x⁴ + 12x³ - 12x² + 11x - 6
    const companion = [
      6,
      -12,
      12,
      -11,
      6,
      ...[0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3, 4].map((j) => +(i === j))),
    ];
    const roots: Pair[] = [
      [0, -1],
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0],
    ];
    close(pairs(companion, 5), roots, 1e-12);
  });

  test('integer matrices whose sweeps are known to stall elsewhere', () => {
    for (const matrix of [
      [-1, 0, 1, 0, -1, 1, -1, -1, -1],
      [0, -1, -1, 0, 1, 1, 1, 1, -1, -1, -1, 1, 0, -1, -1, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1],
    ])
      pairs(matrix, Math.sqrt(matrix.length));
  });

  test('every 3 x 3 matrix of -1, 0 and 1: the sums of the eigenvalues and of their squares are traces', () => {
    for (let code = 0; code < 3 ** 9; code++) {
      const a = Array.from({ length: 9 }, (_, k) => (Math.floor(code / 3 ** k) % 3) - 1);
      let [sum, squares] = [0, 0];
      for (const [re, im] of pairs(a, 3)) {
        sum += re;
        squares += re * re - im * im;
      }
      const at = (i: number, j: number): number => a[3 * i + j] as number;
      const [trace, ofSquare] = [0, 1, 2].reduce(
        ([t, u], i) => [t + at(i, i), u + [0, 1, 2].reduce((s, j) => s + at(i, j) * at(j, i), 0)],
        [0, 0],
      ) as [number, number];
      assert.ok(Math.abs(sum - trace) < 1e-12 && Math.abs(squares - ofSquare) < 1e-12, `matrix ${code}`);
    }
  });

  test('entries from 1e-150 to 1, sparse and dense, up to 40 x 40: every iteration ends', () => {
    const signed = newRandom(11);
    const random = (): number => Math.abs(signed());
    for (let k = 0; k < 500; k++) {
      const n = 1 + Math.floor(40 * random());
      const [range, density] = [150 * random(), random()];
      const matrix = Array.from({ length: n * n }, () =>
        random() < density ? signed() * 10 ** (-range * random()) : 0,
      );
      pairs(matrix, n);
    }
  });

  for (const { id, expect } of readGolden<{
    cases: readonly {
      id: string;
      expect: { hessian: { shape: [number, number]; data: number[] }; eigenvalues_ascending: number[] };
    }[];
  }>('hessian').cases)
    test(`${id}: those of a Hessian`, () => {
      const { data, shape } = expect.hessian;
      const found = pairs(data, shape[0]).map(([real]) => real);
      assertClose(found, expect.eigenvalues_ascending, { rtol: 1e-8, atol: 1e-10 }, 'eigenvalues');
    });
});
