import { objectives } from '../src/core/objectives/index.js';
import { evaluateHere } from '../src/core/objectives/objective.js';
import { numbers, time } from './measure.js';
import type { Table } from './table.js';

const ROWS = 1_000_000;
const SAMPLES = 40;

/** Formulas over columns x and y in [0, 1), with parameters a, b and c. */
const FORMULAS: readonly string[] = [
  'mean((y - a*exp(-b*x) - c)^2)',
  'mean((y - a*x - b*x^2 - c)^2)',
  'mean(softplus(-(2*y - 1)*(a*x + b)))',
  'mean(log(1 + (y - a*sin(b*x) - c)^2))',
];

const column = (name: string, values: Float64Array): object => ({ name, raw: new Uint8Array(values.buffer) });
const positive = (values: Float64Array): Float64Array => values.map(Math.abs);

/** Seconds of value and gradient, then of a Hessian-vector product. */
function secondsOf(formula: string): [number, number] {
  const spec = objectives.spec.parse({
    expression: {
      formula,
      parameters: { a: 2, b: 1, c: 0.5 },
      data: {
        inline: {
          columns: [
            column('x', positive(numbers(ROWS))),
            column('y', positive(numbers(2 * ROWS)).slice(ROWS)),
          ],
        },
      },
    },
  });
  const datasets = { info: () => null, list: () => [], load: unreachable, text: unreachable };
  const context = { size: null, dtype: null, seed: 1, datasets, secondOrder: true };
  const objective = objectives.build(spec)(context).create();
  const v = Float64Array.of(1, 1, 1);
  const out = new Float64Array(3);
  return [
    time(() => void evaluateHere(objective), SAMPLES).best,
    time(() => objective.hessianVectorProduct(v, out), SAMPLES).best,
  ];
}

function unreachable(): never {
  throw new Error('the columns are in the request');
}

export function expression(): Table[] {
  const rows = FORMULAS.map((formula) => [
    `\`${formula}\``,
    ...secondsOf(formula).map((seconds) => (seconds * 1000).toPrecision(3)),
  ]);
  return [
    {
      title: `formulas over ${ROWS} rows`,
      note:
        `Milliseconds, the fastest of ${SAMPLES} samples, one thread, float64. ` +
        'bench/peers/expression.py measures value and gradient of the first one by hand with NumPy.',
      columns: ['formula', 'value and gradient ms', 'Hessian-vector product ms'],
      rows,
    },
  ];
}
