import type { Algebra } from './algebra.js';
import { constants, functions, mismatch, power, shapeText } from './functions.js';
import { type BinaryOp, type Node, ROWS, SCALAR } from './graph.js';
import { parseFormula, type Step } from './parse.js';
import { meaningFailure } from './tokens.js';

/** Looks up a parameter, constant or column; null where there is none of that name. */
export type Resolve = (name: string) => Node | null;

const OPERATORS: Readonly<Record<string, BinaryOp>> = {
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
};

/** The formula as a node of the graph, a number. Operations stay as they are written, for their own roundings. */
export function lowerFormula(
  formula: string,
  algebra: Algebra,
  resolve: Resolve,
  known: readonly string[],
): Node {
  const stack: Node[] = [];
  const pop = (): Node => stack.pop() as Node;

  const refuse = ({ at, text }: Step, why: string): never => {
    throw meaningFailure(formula, at, text, why);
  };

  function binary(step: Step): Node {
    const b = pop();
    const a = pop();
    const wrong = mismatch(`"${step.text}"`, a, b);
    if (wrong !== null) return refuse(step, wrong);
    if (step.text === '^') return power(a, b, algebra);
    const op = OPERATORS[step.text] as BinaryOp;
    if (op === 'multiply' && a === b) return algebra.unary('square', a);
    const folded = a.op === 'constant' && b.op === 'constant' ? fold(op, a.value, b.value) : Number.NaN;
    return Number.isFinite(folded) ? algebra.constant(folded) : algebra.binary(op, a, b);
  }

  function call(step: Step & { kind: 'call' }): Node {
    const { text, count } = step;
    const found = functions.get(text);
    if (found === undefined)
      return refuse(
        step,
        resolve(text) === null && !constants.has(text)
          ? `there is no function ${text}; there are ${[...functions.keys()].join(', ')}`
          : `${text} is no function`,
      );
    if (count !== found.arity)
      return refuse(
        step,
        `${text} takes ${found.arity} argument${found.arity === 1 ? '' : 's'}, got ${count}`,
      );
    const built = found.build(stack.splice(stack.length - count), algebra);
    return typeof built === 'string' ? refuse(step, built) : built;
  }

  function name(step: Step): Node {
    const value = constants.get(step.text);
    if (value !== undefined) return algebra.constant(value);
    const node = resolve(step.text);
    if (node !== null) return node;
    if (functions.has(step.text)) return refuse(step, `${step.text} is a function: it needs "("`);
    const names = known.length === 0 ? 'nothing is declared' : `there are ${known.slice(0, 50).join(', ')}`;
    return refuse(step, `there is no parameter, constant or column ${step.text}; ${names}`);
  }

  function index(step: Step & { kind: 'index' }): Node {
    const a = pop();
    if (a.axis === SCALAR || a.axis === ROWS)
      return refuse(step, `only vectors have elements, not ${shapeText(a.axis)}`);
    if (step.index >= a.axis) return refuse(step, `index ${step.index} is beyond ${shapeText(a.axis)}`);
    return algebra.graph.make('index', [a], SCALAR, step.index);
  }

  function lower(step: Step): Node {
    switch (step.kind) {
      case 'number':
        return algebra.constant(step.value);
      case 'name':
        return name(step);
      case 'negate':
        return algebra.negate(pop());
      case 'index':
        return index(step);
      case 'call':
        return call(step);
      default:
        return binary(step);
    }
  }

  for (const step of parseFormula(formula)) {
    algebra.graph.locate(step.at);
    stack.push(lower(step));
  }
  const root = pop();
  if (root.axis !== SCALAR)
    throw meaningFailure(
      formula,
      0,
      '',
      `the formula must come to a number, not ${shapeText(root.axis)}; sum(...) and mean(...) do that`,
    );
  return root;
}

function fold(op: BinaryOp, a: number, b: number): number {
  if (op === 'add') return a + b;
  if (op === 'subtract') return a - b;
  return op === 'multiply' ? a * b : a / b;
}
