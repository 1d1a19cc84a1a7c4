import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CellName, GATES } from '../../src/core/network/recurrent/cell.js';
import { jacobianNorms } from '../../src/core/theory/gradient-flow/jacobians.js';
import { eachLag } from '../../src/core/theory/gradient-flow/lags.js';
import type { Sequence } from '../../src/core/theory/gradient-flow/system.js';
import { backward, type Unrolled, unroll } from '../../src/core/theory/gradient-flow/unrolled.js';
import { assertClose } from '../support/golden.js';
import { newRandom } from '../support/random.js';

const norm = (x: Float64Array): number => Math.hypot(...x);
const random = newRandom(3);
const numbers = (size: number, scale = 1): Float64Array =>
  Float64Array.from({ length: size }, () => scale * random());

function sequence(cell: CellName, n: number, steps: number, rows: number, lastOnly = false): Sequence {
  const wide = GATES[cell] * n;
  const [inputs, outputs] = [3, 2];
  const weights = {
    wx: numbers(wide * inputs),
    wh: numbers(wide * n, 0.8),
    wo: numbers(outputs * n),
    bx: numbers(wide),
    bh: numbers(wide),
    bo: numbers(outputs),
  };
  return {
    steps,
    rows,
    inputs,
    outputs,
    weights,
    x: numbers(steps * rows * inputs),
    y: numbers((lastOnly ? 1 : steps) * rows * outputs),
    h0: numbers(rows * n),
    c0: numbers(cell === 'lstm' ? rows * n : 0),
    loss: 'halfSquaredError',
    lastOnly,
  };
}

function lagsOf(unrolled: Unrolled, maxLag: number): Float64Array[] {
  const lags: Float64Array[] = [];
  eachLag(unrolled, maxLag, (_lag, contribution) => lags.push(contribution.slice()));
  return lags;
}
const sumOf = (parts: readonly Float64Array[]): number[] =>
  Array.from(parts[0] ?? [], (_, i) => parts.reduce((sum, part) => sum + (part[i] as number), 0));

const CELLS: readonly CellName[] = ['linear', 'tanh', 'relu', 'gru', 'lstm'];
for (const cell of CELLS)
  describe(`${cell}: gradients through time`, () => {
    for (const lastOnly of [false, true])
      test(`the lags sum to the gradient of W_h, with the loss of ${lastOnly ? 'the last step' : 'all steps'}`, () => {
        const unrolled = unroll(cell, 4, sequence(cell, 4, 7, 3, lastOnly));
        const { wh } = backward(unrolled, norm);
        assertClose(sumOf(lagsOf(unrolled, 6)), [...wh], { rtol: 1e-12, atol: 1e-15 }, 'Σ lags');
      });

    test('every gradient is that of central differences', () => {
      const s = sequence(cell, 3, 5, 2);
      const gradients = backward(unroll(cell, 3, s), norm);
      const at = { ...s.weights, h0: s.h0, c0: s.c0 };
      for (const [name, x] of Object.entries(at)) {
        const differences = Array.from(x, (v, i) => {
          const [above, below] = [1e-6, -1e-6].map((step) => {
            x[i] = v + step;
            return unroll(cell, 3, s).value;
          }) as [number, number];
          x[i] = v;
          return (above - below) / 2e-6;
        });
        assertClose([...gradients[name as keyof typeof at]], differences, { rtol: 1e-6, atol: 1e-8 }, name);
      }
    });

    test('the product of Jacobians is that of central differences of the last state', () => {
      const s = { ...sequence(cell, 2, 4, 1) };
      const size = cell === 'lstm' ? 4 : 2;
      const last = (): Float64Array => unroll(cell, 2, s).states.slice(-size);
      const columns = [s.h0, s.c0].flatMap((x) =>
        Array.from(x, (v, i) => {
          const [above, below] = [1e-6, -1e-6].map((step) => {
            x[i] = v + step;
            return last();
          }) as [Float64Array, Float64Array];
          x[i] = v;
          return above.map((a, j) => (a - (below[j] as number)) / 2e-6);
        }),
      );
      const { norms } = jacobianNorms(unroll(cell, 2, s));
      assertClose(
        [norms[4] as number],
        [greatestStretch(columns)],
        { rtol: 1e-6, atol: 1e-9 },
        '‖∂s_T/∂s_0‖',
      );
    });
  });

/** ‖A‖₂ by power iteration on AᵀA; the columns of A are given. */
function greatestStretch(columns: readonly Float64Array[]): number {
  let v = columns.map((_, i) => 1 + i / 7);
  let stretch = 0;
  for (let k = 0; k < 2000; k++) {
    const image = sumOf(columns.map((column, i) => column.map((x) => x * (v[i] as number))));
    stretch = Math.hypot(...image) / Math.hypot(...v);
    const back = columns.map((column) => column.reduce((sum, x, j) => sum + x * (image[j] as number), 0));
    const length = Math.hypot(...back);
    if (length === 0) return 0;
    v = back.map((x) => x / length);
  }
  return stretch;
}

test('the linear cell: each lag is its terms of the double sum, (W_hᵀ)^τ W_oᵀ g_t h_{t-τ-1}ᵀ', () => {
  const [n, steps, rows] = [3, 6, 2];
  const s = sequence('linear', n, steps, rows);
  const unrolled = unroll('linear', n, s);
  const { outputGradients: g, states: h } = unrolled;
  const lags = lagsOf(unrolled, steps - 1);
  for (let lag = 0; lag < steps; lag++) {
    const expected = new Array<number>(n * n).fill(0);
    for (let t = lag; t < steps; t++)
      for (let r = 0; r < rows; r++) {
        const k = t * rows + r;
        let a = Array.from({ length: n }, (_, j) =>
          [0, 1].reduce((sum, m) => sum + (s.weights.wo[m * n + j] as number) * (g[k * 2 + m] as number), 0),
        );
        for (let i = 0; i < lag; i++)
          a = a.map((_, j) => a.reduce((sum, v, m) => sum + v * (s.weights.wh[m * n + j] as number), 0));
        a.forEach((v, i) => {
          for (let j = 0; j < n; j++)
            expected[i * n + j] =
              (expected[i * n + j] as number) + v * (h[(k - lag * rows) * n + j] as number);
        });
      }
    assertClose([...(lags[lag] ?? [])], expected, { rtol: 1e-12, atol: 1e-14 }, `lag ${lag}`);
  }
  assert.equal(lags.length, steps);
});
