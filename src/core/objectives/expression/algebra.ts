import { type Axis, type BinaryOp, type Graph, type Node, ROWS, SCALAR, type UnaryOp } from './graph.js';

/**
 * Arithmetic that derivatives are written in. It keeps a common factor outside: s · r stays s · r with a scalar s and a
 * row expression r through products, sums and reductions, so that Σ s r becomes s Σ r. What is then summed does not
 * depend on s, and a pass over the rows need not wait for it.
 */
export interface Algebra {
  readonly graph: Graph;
  constant(value: number): Node;
  negate(a: Node): Node;
  add(a: Node, b: Node): Node;
  multiply(a: Node, b: Node): Node;
  divide(a: Node, b: Node): Node;
  unary(op: UnaryOp, a: Node, value?: number): Node;
  binary(op: BinaryOp, a: Node, b: Node): Node;
  /** Σ of a over the axis; a scalar stands for a uniform value. */
  sum(a: Node, axis: Axis): Node;
  /** Σ a b over the axis. */
  dot(a: Node, b: Node, axis: Axis): Node;
}

export const isConstant = (node: Node, value: number): boolean =>
  node.op === 'constant' && node.value === value;
const isScaledOnce = ({ op, axis, inputs: [a] }: Node): boolean =>
  op === 'multiply' && axis !== SCALAR && (a as Node).axis === SCALAR;
/** A factor inside a factor is as the formula had it, and stays: to peel a long chain for each of its parts takes too long. */
const isScaled = (node: Node): boolean => isScaledOnce(node) && !isScaledOnce(node.inputs[1] as Node);
const wider = (a: Node, b: Node): Axis => (a.axis === SCALAR ? b.axis : a.axis);
const first = ({ inputs }: Node): Node => inputs[0] as Node;
const second = ({ inputs }: Node): Node => inputs[1] as Node;

export function newAlgebra(graph: Graph): Algebra {
  const constant = (value: number): Node => graph.make('constant', [], SCALAR, value);
  const unary = (op: UnaryOp, a: Node, value = 0): Node => graph.make(op, [a], a.axis, value);
  const binary = (op: BinaryOp, a: Node, b: Node): Node => graph.make(op, [a, b], wider(a, b));
  const count = (axis: Axis): Node => (axis === ROWS ? graph.make('rowCount', [], SCALAR) : constant(axis));

  function negate(a: Node): Node {
    if (a.op === 'constant') return constant(-a.value);
    if (a.op === 'negate') return first(a);
    return isScaled(a) ? binary('multiply', negate(first(a)), second(a)) : unary('negate', a);
  }

  function add(a: Node, b: Node): Node {
    if (a.op === 'constant' && b.op === 'constant') return constant(a.value + b.value);
    if (isConstant(a, 0) && b.axis === wider(a, b)) return b;
    if (isConstant(b, 0) && a.axis === wider(a, b)) return a;
    if (b.op === 'negate') return binary('subtract', a, first(b));
    if (a.op === 'negate') return binary('subtract', b, first(a));
    if (isScaled(a) && isScaled(b) && first(a) === first(b))
      return multiply(first(a), add(second(a), second(b)));
    return binary('add', a, b);
  }

  function multiply(a: Node, b: Node): Node {
    if (a.op === 'constant' && b.op === 'constant') return constant(a.value * b.value);
    if (isConstant(a, 1)) return b;
    if (isConstant(b, 1)) return a;
    if (isConstant(a, -1)) return negate(b);
    if (isConstant(b, -1)) return negate(a);
    if (a.op === 'negate') return negate(multiply(first(a), b));
    if (b.op === 'negate') return negate(multiply(a, first(b)));
    if (b.axis === SCALAR && a.axis !== SCALAR) return multiply(b, a);
    if (isScaled(b) && a.axis === SCALAR) return multiply(multiply(a, first(b)), second(b));
    if (isScaled(b)) return multiply(first(b), multiply(a, second(b)));
    if (isScaled(a)) return multiply(first(a), multiply(second(a), b));
    return a === b ? unary('square', a) : binary('multiply', a, b);
  }

  function divide(a: Node, b: Node): Node {
    if (isConstant(b, 1)) return a;
    if (a.op === 'constant' && b.op === 'constant' && b.value !== 0) return constant(a.value / b.value);
    return a.axis !== SCALAR && b.axis === SCALAR
      ? multiply(binary('divide', constant(1), b), a)
      : binary('divide', a, b);
  }

  function sum(a: Node, axis: Axis): Node {
    if (a.axis === SCALAR) return multiply(a, count(axis));
    if (a.op === 'negate') return negate(sum(first(a), axis));
    if (isScaled(a)) return multiply(first(a), sum(second(a), axis));
    return plainSum(graph, a);
  }

  function dot(a: Node, b: Node, axis: Axis): Node {
    if (a.axis === SCALAR) return multiply(a, sum(b, axis));
    if (b.axis === SCALAR) return multiply(b, sum(a, axis));
    if (a.op === 'negate') return negate(dot(first(a), b, axis));
    if (b.op === 'negate') return negate(dot(a, first(b), axis));
    if (isScaled(a)) return multiply(first(a), dot(second(a), b, axis));
    if (isScaled(b)) return multiply(first(b), dot(a, second(b), axis));
    return plainDot(graph, a, b);
  }

  return { graph, constant, negate, add, multiply, divide, unary, binary, sum, dot };
}

/** Σ a, without a loop of its own for squares and products. */
export function plainSum(graph: Graph, a: Node): Node {
  if (a.op === 'square') return plainDot(graph, first(a), first(a));
  if (a.op === 'multiply' && first(a).axis === second(a).axis) return plainDot(graph, first(a), second(a));
  return graph.make('sum', [a], SCALAR);
}

export const plainDot = (graph: Graph, a: Node, b: Node): Node =>
  graph.make('dot', a.id <= b.id ? [a, b] : [b, a], SCALAR);
