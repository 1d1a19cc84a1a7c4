import { type Algebra, plainDot, plainSum } from './algebra.js';
import { integerPower } from './derivatives.js';
import { type Axis, type Node, ROWS, SCALAR, type UnaryOp } from './graph.js';

/** What a name with parentheses stands for. Refusals are texts: why these arguments will not do. */
export interface FormulaFunction {
  readonly arity: number;
  build(args: readonly Node[], algebra: Algebra): Node | string;
}

export const shapeText = (axis: Axis): string =>
  axis === SCALAR ? 'a number' : axis === ROWS ? 'rows' : `a vector of ${axis}`;

/** Numbers go with anything; else the shapes must be the same. */
export function mismatch(what: string, a: Node, b: Node): string | null {
  if (a.axis === b.axis || a.axis === SCALAR || b.axis === SCALAR) return null;
  return `${what} takes operands of the same shape, or a number; got ${shapeText(a.axis)} and ${shapeText(b.axis)}`;
}

const elementwise = (op: UnaryOp): FormulaFunction => ({
  arity: 1,
  build: ([a], { unary }) => unary(op, a as Node),
});

const pair = (name: string, make: (a: Node, b: Node, algebra: Algebra) => Node): FormulaFunction => ({
  arity: 2,
  build: ([a, b], algebra) => mismatch(name, a as Node, b as Node) ?? make(a as Node, b as Node, algebra),
});

const reduction = (name: string, make: (a: Node, algebra: Algebra) => Node): FormulaFunction => ({
  arity: 1,
  build: ([a], algebra) =>
    (a as Node).axis === SCALAR ? `${name} takes rows or a vector, got a number` : make(a as Node, algebra),
});

const MAX_INTEGER_POWER = 1024;

/** a^b. Integer powers are products, so that a may be negative. */
export function power(a: Node, b: Node, algebra: Algebra): Node {
  const { value } = b;
  if (b.op !== 'constant') return algebra.binary('pow', a, b);
  if (a.op === 'norm' && value === 2) return a.inputs[0] as Node;
  if (value === 0.5) return algebra.unary('sqrt', a);
  return Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER_POWER
    ? integerPower(algebra, a, value)
    : algebra.binary('pow', a, b);
}

const countOf = ({ axis }: Node, { graph, constant }: Algebra): Node =>
  axis === ROWS ? graph.make('rowCount', [], SCALAR) : constant(axis);

const UNARY: readonly UnaryOp[] = [
  'exp',
  'expm1',
  'log',
  'log1p',
  'sqrt',
  'sin',
  'cos',
  'tan',
  'tanh',
  'sinh',
  'cosh',
  'sigmoid',
  'softplus',
  'abs',
  'square',
  'erf',
];

/** A map, because an object would also know `constructor`. */
export const functions: ReadonlyMap<string, FormulaFunction> = new Map<string, FormulaFunction>([
  ...UNARY.map((op) => [op, elementwise(op)] as const),
  ['relu', { arity: 1, build: ([a], { binary, constant }) => binary('max', constant(0), a as Node) }],
  ['min', pair('min', (a, b, { binary }) => binary('min', a, b))],
  ['max', pair('max', (a, b, { binary }) => binary('max', a, b))],
  ['pow', pair('pow', power)],
  [
    'dot',
    {
      arity: 2,
      build: ([a, b], { graph }) => {
        const [x, y] = [a as Node, b as Node];
        if (x.axis !== y.axis || x.axis === SCALAR)
          return `dot takes two vectors of one length, or rows and rows; got ${shapeText(x.axis)} and ${shapeText(y.axis)}`;
        return plainDot(graph, x, y);
      },
    },
  ],
  ['sum', reduction('sum', (a, { graph }) => plainSum(graph, a))],
  [
    'mean',
    reduction('mean', (a, algebra) =>
      algebra.binary('divide', plainSum(algebra.graph, a), countOf(a, algebra)),
    ),
  ],
  ['norm1', reduction('norm1', (a, { graph, unary }) => plainSum(graph, unary('abs', a)))],
  ['norm2', reduction('norm2', (a, { graph, unary }) => unary('norm', plainDot(graph, a, a)))],
]);

export const constants: ReadonlyMap<string, number> = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);
