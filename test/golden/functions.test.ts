import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { assertClose } from '../support/golden.js';

/** Title, objective, x, value, gradient; all parameters of an objective as one list. */
type Row = readonly [string, object, readonly number[], number, readonly number[]];

/** Where a formula as it is written overflows or cancels: 60-digit arithmetic, rounded. */
const EXTREMES: readonly Row[] = [
  ['log Σ exp of greats', { logSumExp: {} }, [1e5, 1e5], 100000.69314718055995, [0.5, 0.5]],
  ['log Σ exp of opposites', { logSumExp: {} }, [1e300, -1e300], 1e300, [1, 0]],
  ['cosh at the end of the range', { cosh: {} }, [710.4], 1.6663642832806496e308, [1.6663642832806496e308]],
  [
    'a small power of a great norm',
    { power: { p: 1.5 } },
    [3e200, 4e200],
    1.118033988749895e301,
    [2.012461179749811e100, 2.6832815729997477e100],
  ],
  ['‖x‖⁴ of tiny numbers', { power: {} }, [3e-60, 4e-60], 6.25e-238, [3e-178, 4e-178]],
  ['Rastrigin beyond the odd numbers', { rastrigin: {} }, [2 ** 53, 2 ** 54], 5 * 2 ** 106, [2 ** 54, 2 ** 55]],
  ['Rastrigin beside its minimum', { rastrigin: {} }, [1e-9, 0], 1.983920880217872e-16, [3.967841760435744e-7, 0]],
  ['Ackley far out', { ackley: {} }, [1e200, 0], 20, [0, 0]],
  ['Ackley at its tip', { ackley: { dimension: 3 } }, [0, 0, 0], 0, [0, 0, 0]],
];

/** Functions without a golden file: mpmath with 60 digits for the recurrent ones, PyTorch 2.13 for the others. */
const ELSEWHERE: readonly Row[] = [
  ['a cliff', { cliff: {} }, [5, -2], 0.055585494119594216, [0.037918343504563516, 0.040521191391864206]],
  ['a cliff nearby', { cliff: {} }, [6.5, -3.25], 0.061821504926650964, [0.03363722888052831, 0.03545839671254553]],
  [
    'the recurrent loss of the lecture',
    { scalarRnn: { inputs: [1, -2, 3], initial: 0.3 } },
    [0.5, 1.1, 2],
    1.77901832666667,
    [4.97459066666667, 2.4237236, 1.77901832666667],
  ],
  ['½(w³ - 1)²', { scalarRnn: {} }, [1.5], 2.8203125, [16.03125]],
  ['a double well', { doubleWell: {} }, [1.5, -0.3], 0.09765, [1.875, 0.273]],
  [
    'exponentials of two directions',
    {
      exponential: {
        vectors: {
          shape: [2, 2],
          values: [1, -2, 0.5, 0.5],
        },
      },
    },
    [0.3, 0.7],
    1.9815923543982077,
    [1.1572317190481436, 0.15861846795390488],
  ],
  [
    '‖x‖^1.5',
    { power: { p: 1.5 } },
    [0.3, 0.7, -0.1],
    0.6731920967482075,
    [0.5134515992147345, 1.198053731501047, -0.17115053307157815],
  ],
  ['cosh 2x', { cosh: { a: 2 } }, [0.3, -0.7], 3.3363636836354083, [1.2733071642964824, -3.8086030029030677]],
  [
    'a polynomial of degree five',
    { polynomial: { coefficients: [7, -1, 5, 2, -3, 1] } },
    [0.3, -0.7],
    15.75776,
    [2.2565, 0.2565],
  ],
  [
    'a factorization with a ridge',
    { matrixFactorization: { matrix: { shape: [1, 3], values: [1, -2, 0.5] }, rank: 2, ridge: 0.3 } },
    [0.5, -1, 1, 0.25, 2, -0.5, 0, 1.5],
    9.728125,
    [6.4, -5.2375, -0.075, 0.825, 2.35, -3.65, -1, 2.45],
  ],
  [
    'Huber regression',
    { huberRegression: { ...rows([0.3, -2, 1]), delta: 0.7, l2: 0.1 } },
    [0.4, -0.3, 0.1],
    0.32583333333333325,
    [-0.34333333333333327, -0.046666666666666606, 0.033333333333333326],
  ],
  [
    'Poisson regression',
    { poissonRegression: { ...rows([0, 3, 1]), l2: 0.1 } },
    [0.4, -0.3, 0.1],
    1.4518354993834002,
    [1.2311981661791012, -0.6375309817007095, -0.07733116728326667],
  ],
];

function rows(targets: readonly number[]): object {
  const features = { shape: [3, 2], values: [1, 2, -1, 0.5, 0.25, -2] };
  return { data: { inline: { features, targets: { shape: [3], values: targets } } } };
}

overBoth('an objective has the value and the gradient of others', (api) => {
  for (const [title, objective, x, value, gradient] of [...EXTREMES, ...ELSEWHERE])
    test(title, async () => {
      const reply = await api().evaluate({
        objective,
        parameters: [api().tensor({ shape: [x.length], data: x })],
      });
      assertClose([reply.value], [value], { rtol: 1e-12, atol: 1e-300 }, 'value');
      assertClose(reply.gradients.flatMap(api().numbers), gradient, { rtol: 1e-12, atol: 1e-16 * Math.min(1, Math.abs(value)) }, 'gradient');
    });

  test('cosh overflows where its value does', async () => {
    const parameters = [api().tensor({ shape: [1], data: [710.5] })];
    assert.equal((await api().evaluate({ objective: { cosh: {} }, parameters })).value, Infinity);
  });
});
