import { invalidField } from '../../failure.js';
import { FORMULA } from './tokens.js';

/** Number of elements of a value: one number, as many as there are rows, or the length of a vector (>= 1). */
export type Axis = number;
export const SCALAR: Axis = 0;
export const ROWS: Axis = -1;

export type Leaf = 'constant' | 'parameter' | 'direction' | 'given' | 'column' | 'rowCount';
export type UnaryOp =
  | 'negate'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'norm'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'tanh'
  | 'sinh'
  | 'cosh'
  | 'sigmoid'
  | 'softplus'
  | 'abs'
  | 'square'
  | 'sign'
  | 'reciprocal'
  | 'erf'
  | 'integerPower';
export type BinaryOp =
  | 'add'
  | 'subtract'
  | 'multiply'
  | 'divide'
  | 'min'
  | 'max'
  | 'greater'
  | 'atLeast'
  | 'pow';
/** `index` takes one element of a vector, `scatter` makes a vector of some, zero elsewhere. */
export type Op = Leaf | UnaryOp | BinaryOp | 'sum' | 'dot' | 'index' | 'scatter';

/** One value of a formula. Inputs have smaller ids, so ids are an order to compute in. */
export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Node[];
  readonly axis: Axis;
  /** The constant, the exponent, the index, or the number of the leaf among its kind. */
  readonly value: number;
  /** Of `scatter`. */
  readonly indices: readonly number[];
  /** Where in the formula it, or what it is the derivative of, is written. */
  readonly at: number;
}

/** Nodes of a formula with all its derivatives. */
export const MAX_NODES = 200_000;

/** All values of a formula and its derivatives, each of them once. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** The node that does this, made if there is none. */
  make(op: Op, inputs: readonly Node[], axis: Axis, value?: number, indices?: readonly number[]): Node;
  /** Place in the formula for the nodes that are made next. */
  locate(at: number): void;
}

export function newGraph(): Graph {
  const nodes: Node[] = [];
  const known = new Map<string | number, Node>();
  const numbers = new Map<Op, number>();
  let place = 0;

  /** Numbers where they can tell, because most nodes are such, and texts take long. */
  function keyOf(
    op: Op,
    inputs: readonly Node[],
    axis: Axis,
    value: number,
    indices: readonly number[],
  ): string | number {
    const [a, b] = inputs;
    if (a === undefined || inputs.length > 2 || indices.length > 0 || value !== 0)
      return `${op} ${axis} ${Object.is(value, -0) ? '-0' : value} ${inputs.map(({ id }) => id)} ${indices}`;
    const number = numbers.get(op) ?? numbers.size;
    numbers.set(op, number);
    return (number * MAX_NODES + a.id) * MAX_NODES + (b?.id ?? a.id);
  }

  return {
    nodes,
    make(op, inputs, axis, value = 0, indices = []) {
      const key = keyOf(op, inputs, axis, value, indices);
      const found = known.get(key);
      if (found !== undefined) return found;
      if (nodes.length === MAX_NODES)
        throw invalidField(FORMULA, `takes more than ${MAX_NODES} operations with its derivatives`);
      const node = { id: nodes.length, op, inputs, axis, value, indices, at: place };
      nodes.push(node);
      known.set(key, node);
      return node;
    },
    locate(at) {
      place = at;
    },
  };
}

/** Which nodes the roots depend on, themselves included. */
export function ancestors(graph: Graph, roots: readonly Node[]): Uint8Array {
  const needed = new Uint8Array(graph.nodes.length);
  for (const { id } of roots) needed[id] = 1;
  for (let id = graph.nodes.length - 1; id >= 0; id--)
    if (needed[id]) for (const input of (graph.nodes[id] as Node).inputs) needed[input.id] = 1;
  return needed;
}
