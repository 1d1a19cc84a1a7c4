import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/core/failure.js';
import { objectives } from '../../src/core/objectives/index.js';
import { evaluateHere, type Objective, type PlanContext } from '../../src/core/objectives/objective.js';

const never = (): never => {
  throw new Error('there is no data directory');
};
const datasets: PlanContext['datasets'] = { info: () => null, list: () => [], load: never, text: never };
const context = { size: null, dtype: null, seed: 1, datasets, secondOrder: true };
const x = [0.3, 0.7, 1.1, 1.9, 0.2];
const y = [-0.5, 0.1, 0.8, -1.2, 0.4];

function open(formula: string): Objective {
  const spec = objectives.spec.parse({
    expression: {
      formula,
      parameters: { a: 0.6, b: 1.3, p: [0.4, 0.9] },
      data: { inline: { columns: { x, y } } },
    },
  });
  return objectives.build(spec)(context).create();
}

/** Formulas that have all their derivatives, of each shape; values stay moderate. */
const { number } = fc.letrec<{ number: string; rows: string; vector: string }>((tie) => {
  const unary = (of: 'number' | 'rows' | 'vector') =>
    fc
      .tuple(fc.constantFrom('tanh', 'sin', 'cos', 'sigmoid', 'softplus', 'erf', '-'), tie(of))
      .map(([f, a]) => `${f}(${a})`);
  const binary = (a: 'number' | 'rows' | 'vector', b: 'number' | 'rows' | 'vector') =>
    fc.tuple(tie(a), fc.constantFrom('+', '-', '*'), tie(b)).map(([l, op, r]) => `(${l} ${op} ${r})`);
  const quotient = (a: 'number' | 'rows' | 'vector', b: 'number' | 'rows' | 'vector') =>
    fc.tuple(tie(a), tie(b)).map(([l, r]) => `${l}/(1.5 + sigmoid(${r}))`);
  const power = (of: 'number' | 'rows' | 'vector') =>
    fc.tuple(tie(of), fc.integer({ min: 2, max: 4 })).map(([a, k]) => `tanh(${a})^${k}`);
  const deeper = { maxDepth: 6, depthSize: 'small' as const };
  return {
    number: fc.oneof(
      deeper,
      fc.constantFrom('a', 'b', '0.7', 'p[0]', 'p[1]'),
      unary('number'),
      binary('number', 'number'),
      quotient('number', 'number'),
      power('number'),
      fc.tuple(fc.constantFrom('mean', 'norm2'), tie('rows')).map(([f, a]) => `${f}(tanh(${a}) + 2)`),
      fc.tuple(fc.constantFrom('sum', 'mean'), tie('vector')).map(([f, a]) => `${f}(${a})`),
      fc.tuple(tie('rows'), tie('rows')).map(([l, r]) => `dot(sin(${l}), cos(${r}))/5`),
    ),
    rows: fc.oneof(
      deeper,
      fc.constantFrom('x', 'y'),
      unary('rows'),
      binary('rows', 'number'),
      binary('number', 'rows'),
      binary('rows', 'rows'),
      quotient('number', 'rows'),
      quotient('rows', 'number'),
      power('rows'),
    ),
    vector: fc.oneof(
      deeper,
      fc.constantFrom('p'),
      unary('vector'),
      binary('vector', 'number'),
      binary('vector', 'vector'),
      quotient('vector', 'vector'),
      power('vector'),
    ),
  };
});

describe('formulas that nobody wrote', () => {
  test('have the gradients and Hessian-vector products that differences give', () => {
    fc.assert(
      fc.property(
        number,
        fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
        (formula, stream) => {
          const f = open(formula);
          const start = f.x.slice();
          const n = start.length;
          const v = Float64Array.from({ length: n }, () => stream.next().value as number);
          const h = 1e-5;
          const along = (t: number): { value: number; gradient: number[] } => {
            for (let i = 0; i < n; i++) f.x[i] = (start[i] as number) + t * (v[i] as number);
            const value = evaluateHere(f);
            return { value, gradient: [...f.gradient] };
          };
          const [up, down, here] = [along(h), along(-h), along(0)];
          const product = new Float64Array(n);
          f.hessianVectorProduct(v, product);
          const scale = 1 + Math.abs(here.value) + Math.hypot(...here.gradient) + Math.hypot(...product);
          // Of higher derivatives, which grow with the formula, only the size is guarded against.
          fc.pre(scale < 100);
          const slope = here.gradient.reduce((sum, g, i) => sum + g * (v[i] as number), 0);
          assert.ok(Math.abs((up.value - down.value) / (2 * h) - slope) < 1e-6 * scale, formula);
          here.gradient.forEach((_, i) => {
            const curve = ((up.gradient[i] as number) - (down.gradient[i] as number)) / (2 * h);
            assert.ok(Math.abs(curve - (product[i] as number)) < 1e-6 * scale, formula);
          });
        },
      ),
      { numRuns: 500, seed: 7 },
    );
  });

  test('are refused in words, or computed, whatever is written', () => {
    const piece = fc.constantFrom(
      ...['a', 'p', 'x', 'zz', 'e', 'exp', 'sum', 'mean', 'dot', 'min', 'constructor', '__proto__'],
      ...['(', ')', '[', ']', ',', '+', '-', '*', '/', '^', ' ', '\n', '0', '1.5', '1e', '.', '$', 'é', '🙂'],
    );
    const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    let computed = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          number.map((formula) => `${formula}+a`),
        ),
        (formula) => {
          if (formula === '') return;
          try {
            assert.equal(typeof evaluateHere(open(formula)), 'number');
            computed++;
          } catch (error) {
            assert.ok(error instanceof Failure, `${formula}: ${error}`);
            assert.ok(['EXPRESSION_SYNTAX', 'INVALID_FIELD'].includes(error.reason), error.message);
            assert.match(error.message, /line \d+, column \d+: /);
          }
        },
      ),
      { numRuns: 2000, seed: 8 },
    );
    assert.ok(computed > 500);
  });
});
