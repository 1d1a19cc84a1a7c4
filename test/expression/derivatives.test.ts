import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { objectiveMessage } from '../support/proto-json.js';
import { newRandom } from '../support/random.js';
import { startService, type TestService } from '../support/service.js';
import { openSubject, type Subject } from '../support/subject.js';
import { grpc } from '../support/transports.js';

/** Every function and operator, of numbers, vectors and rows, away from kinks and poles. */
const FORMULAS: readonly string[] = [
  ...[
    'exp',
    'expm1',
    'sin',
    'cos',
    'tan',
    'tanh',
    'sinh',
    'cosh',
    'sigmoid',
    'softplus',
    'square',
    'erf',
    'abs',
    'relu',
  ],
  ...['log', 'log1p', 'sqrt'],
].flatMap((f) => [`${f}(a)`, `sum(${f}(p)*q)`, `mean(${f}(a*x + b)*y)`]);
const OTHERS: readonly string[] = [
  'a + b - 3*a*b',
  'a/b + mean(x/(a + x)) + sum(q/p)',
  'a^2 + a^3 - b^7 + a^-1 + a^-3 + sum(p^4)',
  'a^1.7 + mean((x + 1)^0.3*a) + sum(p^a)',
  'pow(a, b) + mean(pow(a + x, b)) + 2^a',
  'min(a, b)*max(a, b) + mean(min(a*x, b)) + sum(max(p, q)*p)',
  'norm2(p)*norm2(q) + norm1(p)*a + norm2(a*x + b)',
  'dot(p, q)^2 + dot(p, p)*a + dot(a*x, y - b)',
  'mean((y - a*exp(-b*x) - a*b)^2) + 0.01*norm2(p)^2',
  'sqrt(mean((y - a*x - b)^2))',
  'mean((x*a - mean(x*a*b))^2)',
  'log(sum(exp(p - q)))',
  'mean((a*x - mean(a*x))^2)/sum((y*b - mean(y*b)*sqrt(mean((x*b)^2)))^2)',
  'p[0]*q[1] + exp(p[1]*a) + mean(tanh(p[0]*x + q[0])*p[1])',
  'sum(p*p*a*q) + sum(a*b*p)',
  'mean(-(-a*x)*-(b*y) - -a)',
  'a*(b*(a*(b*mean(a*(b*x)))))',
  'exp(mean(log(a + x)))*sum(k*p)*v[1]',
  'mean(softplus(-y*(a*x + b)))',
  '3',
];

describe('derivatives of formulas', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  const random = newRandom(4);
  const x = Array.from({ length: 9 }, () => Math.abs(random()) + 0.1);
  const y = x.map(() => random());
  const open = (formula: string): Promise<Subject> =>
    openSubject(
      grpc(service),
      objectiveMessage({
        expression: {
          formula,
          parameters: { a: 0.7, b: 0.4, p: [0.6, 0.9], q: [0.3, 0.8] },
          constants: { k: 3, v: [1, 2] },
          data: { inline: { columns: { x, y } } },
        },
      }),
      'float64',
    );
  const norm = (v: readonly number[]): number => Math.hypot(...v);

  for (const formula of [...FORMULAS, ...OTHERS])
    test(`${formula}: gradient and Hessian-vector products are what differences give`, async () => {
      const f = await open(formula);
      const h = 1e-5;
      const at = [0.73, 0.41, 0.58, 0.93, 0.34, 0.81];
      for (const v of [...at.map((_, i) => at.map((__, j) => +(i === j))), at.map(() => random())]) {
        const along = (t: number): number[] => at.map((xi, i) => xi + t * (v[i] as number));
        const [here, up, down] = await Promise.all([
          f.at(at, [v]),
          f.at(along(h), [v]),
          f.at(along(-h), [v]),
        ]);
        const slope = (up.value - down.value) / (2 * h);
        const exact = here.gradient.reduce((sum, g, i) => sum + g * (v[i] as number), 0);
        assert.ok(Math.abs(slope - exact) <= 1e-8 * (1 + norm(here.gradient)), `${slope} is not ${exact}`);
        const [product = []] = here.products;
        const curve = up.gradient.map((g, i) => (g - (down.gradient[i] as number)) / (2 * h));
        const error = norm(curve.map((c, i) => c - (product[i] as number)));
        assert.ok(error <= 1e-7 * (1 + norm(product)), `${curve} are not ${product}`);
      }
    });

  test('at a kink the derivative is that of one side, and the norm of zero has derivative 0', async () => {
    const expected: Readonly<Record<string, readonly number[]>> = {
      'relu(a)': [0],
      'abs(a)': [0],
      'max(a, 0)': [1],
      'min(a, 0)': [1],
      'norm2(p)': [0, 0],
    };
    for (const [formula, slopes] of Object.entries(expected)) {
      const { gradient, value } = await (await open(formula)).at([0, 0, 0, 0, 0, 0]);
      assert.equal(value, 0);
      assert.deepEqual(gradient.slice(slopes.length === 2 ? 2 : 0).slice(0, slopes.length), slopes, formula);
    }
  });
});
