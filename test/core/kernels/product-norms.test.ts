import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generalEigenvalues } from '../../../src/core/kernels/general-eigenvalues.js';
import { exponentOf, timesPowerOfTwo } from '../../../src/core/kernels/power-of-two.js';
import { productNorms } from '../../../src/core/kernels/product-norms.js';
import { assertClose } from '../../support/golden.js';
import { newRandom } from '../../support/random.js';

const powers = (matrix: readonly number[], n: number, count: number) => {
  const w = Float64Array.from(matrix);
  return productNorms(n, count, () => w);
};

test('‖W^k‖ of a non-normal matrix with spectral radius 0.9 rises to k = 9 and is below 1e-6 from k = 205', () => {
  const { norms } = powers([0.9, 10, 0, 0.9], 2, 300);
  assertClose(
    [norms[1] ?? 0, Math.max(...norms)],
    [10.080354318352214, 38.745922717546996],
    { rtol: 1e-14 },
    'norm',
  );
  assert.equal(norms.indexOf(Math.max(...norms)), 9);
  assert.equal(
    norms.findIndex((norm) => norm < 1e-6),
    205,
  );
});

test('the hundredth power of a Jordan block, and a rotation to the fiftieth', () => {
  assertClose(
    [...powers([1, 1, 0, 1], 2, 100).norms.slice(-1)],
    [100.00999900019995],
    { rtol: 1e-14 },
    'block',
  );
  const [c, s] = [1.1 * Math.cos(1), 1.1 * Math.sin(1)];
  assertClose(
    [...powers([c, -s, s, c], 2, 50).norms.slice(-1)],
    [117.39085287969579],
    { rtol: 1e-13 },
    'turn',
  );
});

test('beyond the doubles the norms are infinite or 0 and their logarithms still known', () => {
  const grown = powers([1.3], 1, 10_000);
  assert.equal(grown.norms[10_000], Infinity);
  assertClose([grown.logarithms[10_000] ?? 0], [10_000 * Math.log10(1.3)], { rtol: 1e-13 }, 'log10');
  const huge = powers([1e308, 1e308, -1e308, 1e308], 2, 3);
  assertClose(
    [...huge.logarithms],
    [0, 308.1505149978, 616.3010299957, 924.4515449935],
    { rtol: 1e-12 },
    'log10',
  );
  const small = powers([1e-300, 0, 0, 1e-310], 2, 2);
  assertClose([...small.norms], [1, 1e-300, 0], { rtol: 1e-15 }, 'small');
  assertClose([...small.logarithms], [0, -300, -600], { rtol: 1e-14 }, 'log10');
});

test('a nilpotent matrix ends in zeros', () => {
  const { norms, logarithms } = powers([0, 1, 0, 0, 0, 1, 0, 0, 0], 3, 4);
  assert.deepEqual([...norms], [1, 1, 1, 0, 0]);
  assert.deepEqual([...logarithms.slice(3)], [-Infinity, -Infinity]);
});

test('the norms of an orthogonal matrix of 24 rows stay 1', () => {
  const n = 24;
  const v = Array.from({ length: n }, (_, i) => Math.sin(i + 1));
  const square = v.reduce((sum, x) => sum + x * x, 0);
  const reflection = v.flatMap((a, i) => v.map((b, j) => +(i === j) - (2 * a * b) / square));
  assertClose([...powers(reflection, n, 20).norms], new Array(21).fill(1), { rtol: 1e-13 }, 'norm');
});

test('powers of two reach every exponent of a double, subnormal numbers rounded once', () => {
  assert.deepEqual([1, 1.99, 2, 2 ** -1022, 2 ** -1074, 0].map(exponentOf), [0, 0, 1, -1022, -1022, -1022]);
  for (const [x, e, expected] of [
    [1, -1074, 2 ** -1074],
    [3, -1075, 2 * 2 ** -1074],
    [1, -1076, 0],
    [1, 1023, 2 ** 1023],
    [-1, 1024, -Infinity],
    [2 ** -1074, 2097, 2 ** 1023],
    [2 ** 1000, -2074, 2 ** -1074],
    [1.5, -5000, 0],
  ] as const)
    assert.equal(timesPowerOfTwo(x, e), expected, `${x} · 2^${e}`);
});

test('ρ^k <= ‖W^k‖ <= σ^k for random matrices up to 12 x 12', () => {
  const random = newRandom(5);
  for (let n = 1; n <= 12; n++) {
    const w = Float64Array.from({ length: n * n }, () => random());
    const { real, imaginary } = generalEigenvalues(w, n);
    const radius = Math.max(...real.map((re, i) => Math.hypot(re, imaginary[i] as number)));
    const { norms, logarithms } = powers([...w], n, 40);
    for (let k = 1; k <= 40; k++) {
      assert.ok((norms[k] ?? 0) >= radius ** k * (1 - 1e-12), `n = ${n}, k = ${k}`);
      assert.ok((norms[k] ?? 0) <= (norms[1] ?? 0) ** k * (1 + 1e-12), `n = ${n}, k = ${k}`);
      assertClose([10 ** (logarithms[k] ?? 0)], [norms[k] ?? 0], { rtol: 1e-12 }, 'log10');
    }
  }
});
