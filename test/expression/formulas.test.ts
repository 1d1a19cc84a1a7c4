import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overBoth } from '../support/both.js';
import { objectiveMessage } from '../support/proto-json.js';

const columns = { x: [0, 1, 2, 3], y: [1, -1, 2, 0.5] };
const parameters = { a: 2, b: -0.5, p: [3, 4], q: [1, -2], one: [7] };
const declared = { parameters, constants: { k: 10, v: [1, 2] }, data: { inline: { columns } } };

/** Formulas and what they come to, computed by hand or by the language itself. */
const VALUES: Readonly<Record<string, number>> = {
  '1': 1,
  '1.5e2 + .5': 150.5,
  '-a^2': -4,
  '(-a)^2': 4,
  '2^3^2': 512,
  '2^-1': 0.5,
  '2^-a^2': 2 ** -4,
  '8/4/2': 1,
  '8/(4/2)': 4,
  '8-4-2': 2,
  '2*3+4*5': 26,
  '-2*-3': 6,
  '+a - +b': 2.5,
  '--a': 2,
  'a\n*\t3': 6,
  pi: Math.PI,
  e: Math.E,
  'k*a': 20,
  'p[0]*p[1]': 12,
  'v[1]': 2,
  'one[0]': 7,
  'sum(one)': 7,
  'dot(p, q)': -5,
  'norm2(p)': 5,
  'norm2(p)^2': 25,
  'norm1(q)': 3,
  'sum(p)': 7,
  'mean(p)': 3.5,
  'sum(p*q + a)': -1,
  'sum(x)': 6,
  'mean(x)': 1.5,
  'sum(x*y)': 4.5,
  'dot(x, y)': 4.5,
  'norm2(y)^2': 6.25,
  'mean(x) + mean(p)': 5,
  'sum((x - mean(x))^2)': 5,
  'sum((y - sum((x - mean(x))^2))^2)': 16 + 36 + 9 + 20.25,
  'min(a, b)': -0.5,
  'max(a, b)': 2,
  'sum(max(y, 0))': 3.5,
  'sum(relu(y))': 3.5,
  'sum(abs(y))': 4.5,
  'pow(a, 3)': 8,
  'pow(a, b)': Math.SQRT1_2,
  'a^0.5': Math.SQRT2,
  'a^-2': 0.25,
  'a^0': 1,
  'square(a)': 4,
  'sqrt(norm2(p) - 1)': 2,
  'exp(0) + log(1)': 1,
  'erf(a)': 0.9953222650189527,
  'sigmoid(0)': 0.5,
  'tanh(1000)': 1,
  'softplus(-1000)': 0,
  'log1p(expm1(a))': 2,
  'sin(pi/2) + cos(pi)': 0,
  'tan(0) + sinh(0) + cosh(0)': 1,
};

overBoth('formulas', (transport) => {
  for (const [formula, expected] of Object.entries(VALUES))
    test(`${JSON.stringify(formula)} is ${expected}`, async () => {
      const objective = objectiveMessage({ expression: { ...declared, formula } });
      const { value } = await transport().evaluate({ objective });
      assert.ok(Math.abs(value - expected) <= 4e-16 * Math.max(1, Math.abs(expected)), `${value}`);
    });

  test('the gradient has a tensor for every parameter, in their order, zero where the formula has none', async () => {
    const objective = objectiveMessage({ expression: { ...declared, formula: 'a*p[1] + sum(q)' } });
    const { gradients, parameters: start } = await transport().evaluate({ objective });
    assert.deepEqual(
      gradients.map(({ name }) => name),
      ['a', 'b', 'p', 'q', 'one'],
    );
    assert.deepEqual(
      gradients.map(({ values }) => values),
      [[4], [0], [0, 2], [1, 1], [0]],
    );
    assert.deepEqual(
      (start as typeof gradients).map(({ shape }) => shape),
      [[], [], [2], [2], [1]],
    );
  });

  test('a formula of hundreds of terms over thousands of rows is the sum of its terms', async () => {
    const x = Array.from({ length: 3001 }, (_, i) => i / 3001);
    const factors = Array.from({ length: 150 }, (_, i) => i / 50);
    const [a, b] = [0.3, 1.2];
    const formula = factors.map((factor) => `mean(exp(${factor}*a*x)*sin(b*x))`).join('+');
    const objective = objectiveMessage({
      expression: { formula, parameters: { a, b }, data: { inline: { columns: { x } } } },
    });
    const { value, gradients } = await transport().evaluate({ objective });
    const expected: [number, number, number] = [0, 0, 0];
    for (const factor of factors)
      for (const xi of x) {
        const growth = Math.exp(factor * a * xi) / x.length;
        expected[0] += growth * Math.sin(b * xi);
        expected[1] += growth * Math.sin(b * xi) * factor * xi;
        expected[2] += growth * Math.cos(b * xi) * xi;
      }
    [value, ...gradients.flatMap(({ values }) => [...(values ?? [])])].forEach((found, i) => {
      const wanted = expected[i] as number;
      assert.ok(Math.abs(found - wanted) <= 1e-12 * wanted, `${found} is not ${wanted}`);
    });
  });

  test('rows of every number around the size of a block are summed once', async () => {
    for (const n of [1, 2, 3, 7, 8, 9, 1023, 1024, 1025, 2049]) {
      const x = Array.from({ length: n }, (_, i) => i + 1);
      const objective = objectiveMessage({
        expression: { formula: 'sum(a*x)', parameters: { a: 2 }, data: { inline: { columns: { x } } } },
      });
      const { value, gradients } = await transport().evaluate({ objective });
      assert.equal(value, n * (n + 1));
      assert.deepEqual(gradients[0]?.values, [(n * (n + 1)) / 2]);
    }
  });
});
