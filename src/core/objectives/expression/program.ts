import {
  ADDS,
  COLUMN_A,
  COLUMN_B,
  INSTRUCTION,
  OPCODES,
  SCALAR_A,
  SCALAR_B,
} from '../../kernels/expression.js';
import { type Graph, type Node, ROWS, SCALAR } from './graph.js';
import { isLeaf, overRows, roomOf, type Stage, schedule } from './schedule.js';

/** Rows of a block: what is computed of them should stay in the cache through a whole pass. */
const BLOCK = 1024;
const SMALLEST_BLOCK = 64;
/** Of the row expressions of a block, in doubles. */
const CACHE = 32 * 1024;

/** One instruction, with offsets into the arena (in doubles) for addresses; a column instead is ~its number. */
export interface Instruction {
  readonly node: Node;
  readonly word: number;
  readonly out: number;
  readonly a: number;
  readonly b: number;
  /** 0 for the rows of the block. */
  readonly length: number;
  readonly integer: number;
}

/** Instructions from `first` to `end`, once, or on every block of rows. */
export interface Segment {
  readonly overRows: boolean;
  readonly first: number;
  readonly end: number;
}

export interface Program {
  readonly instructions: readonly Instruction[];
  readonly segments: readonly Segment[];
  /** Where values are: offsets into the arena; ~number for a column. */
  readonly locate: (node: Node) => number;
  /** Doubles of the arena, from its start. */
  readonly room: number;
  /** Rows of a block, an even number. */
  readonly block: number;
  /** Row expressions that are there at the same time. */
  readonly held: number;
}

export interface Roots {
  readonly graph: Graph;
  /** The node of the formula itself. */
  readonly formula: Node;
  readonly roots: readonly Node[];
}

/** Instructions that compute the roots. Leaves are in the arena before `base`, columns elsewhere. */
export function compile(what: Roots, leaves: ReadonlyMap<Node, number>, base: number): Program {
  const stages = schedule(what.graph, what.roots, what.formula);
  const program = allocate(stages, leaves, base, BLOCK);
  let block = BLOCK;
  while (block > SMALLEST_BLOCK && program.held * block > CACHE) block /= 2;
  return block === BLOCK ? program : allocate(stages, leaves, base, block);
}

function allocate(
  stages: readonly Stage[],
  leaves: ReadonlyMap<Node, number>,
  base: number,
  block: number,
): Program {
  const instructions: Instruction[] = [];
  const segments: Segment[] = [];
  const places = new Map<Node, number>(leaves);
  let room = base;
  let held = 0;

  const take = (size: number): number => {
    room += size;
    return room - size;
  };
  const locate = (node: Node): number => {
    if (node.op === 'column') return ~node.value;
    // An element of a vector is where it is.
    if (node.op === 'index') return locate(node.inputs[0] as Node) + node.value;
    return places.get(node) as number;
  };
  const emit = (node: Node, word: number, out: number, more: Partial<Instruction> = {}): void => {
    instructions.push({ node, word, out, a: 0, b: 0, length: lengthOf(node), integer: 0, ...more });
  };

  function compute(node: Node): void {
    const [a, b] = node.inputs as [Node, Node?];
    const out = locate(node);
    if (node.op === 'scatter') {
      emit(node, OPCODES.clear, out);
      node.inputs.forEach((input, i) => {
        emit(node, OPCODES.put, out, { a: locate(input), integer: node.indices[i] as number });
      });
      return;
    }
    const reduces = node.op === 'sum' || node.op === 'dot';
    const word =
      OPCODES[node.op as keyof typeof OPCODES] +
      (reduces ? (overRows(node) ? ADDS : 0) : flag(a, SCALAR_A) + flag(b, SCALAR_B)) +
      (a.op === 'column' ? COLUMN_A : 0) +
      (b?.op === 'column' ? COLUMN_B : 0);
    emit(node, word, out, {
      a: locate(a),
      b: b === undefined ? 0 : locate(b),
      length: lengthOf(reduces ? a : node),
      integer: node.op === 'integerPower' ? node.value : 0,
    });
  }

  function pass(nodes: readonly Node[]): void {
    const lastUse = new Map<Node, Node>();
    for (const node of nodes) for (const input of node.inputs) lastUse.set(input, node);
    const free: number[] = [];
    let used = 0;
    const first = instructions.length;
    for (const node of nodes) {
      // A row expression may go where an operand was that nobody needs any more.
      for (const input of new Set(node.inputs))
        if (input.axis === ROWS && !isLeaf(input) && lastUse.get(input) === node) free.push(locate(input));
      if (node.axis === ROWS) {
        if (free.length === 0) used++;
        places.set(node, free.pop() ?? take(block));
      }
      compute(node);
    }
    if (instructions.length > first) segments.push({ overRows: true, first, end: instructions.length });
    held = Math.max(held, used);
  }

  for (const { once, pass: nodes } of stages) {
    const first = instructions.length;
    for (const node of once) {
      if (node.op === 'index') continue;
      places.set(node, take(roomOf(node, block)));
      compute(node);
    }
    for (const node of nodes)
      if (overRows(node)) {
        places.set(node, take(2));
        emit(node, OPCODES.clear, locate(node));
      }
    if (instructions.length > first) segments.push({ overRows: false, first, end: instructions.length });
    pass(nodes);
  }
  return { instructions, segments, locate, room, block, held };
}

const flag = (operand: Node | undefined, bit: number): number => (operand?.axis === SCALAR ? bit : 0);
const lengthOf = ({ axis }: Node): number => (axis === ROWS ? 0 : axis === SCALAR ? 1 : axis);

/** Writes the instructions with the addresses of the arena and the columns, in bytes. */
export function encode(
  { instructions }: Program,
  code: Int32Array,
  arena: Float64Array,
  columns: readonly Float64Array[],
): void {
  const address = (place: number): number =>
    place < 0 ? (columns[~place] as Float64Array).byteOffset : arena.byteOffset + 8 * place;
  instructions.forEach(({ word, out, a, b, length, integer }, i) => {
    code.set([word, address(out), address(a), address(b), length, integer], i * INSTRUCTION);
  });
}

/** Operations for each element, about: an exponential costs as much as sixteen products. */
const COSTS: Readonly<Record<string, number>> = {
  divide: 4,
  sqrt: 4,
  norm: 4,
  reciprocal: 4,
  exp: 16,
  log: 20,
  log1p: 24,
  sin: 30,
  cos: 30,
  tanh: 30,
  sigmoid: 20,
  softplus: 40,
  expm1: 50,
  tan: 100,
  sinh: 60,
  cosh: 60,
  pow: 120,
  erf: 300,
  integerPower: 12,
  dot: 2,
};

/** Operations of one execution over so many rows. */
export function flopsOf({ instructions }: Program, rows: number): number {
  let flops = 0;
  for (const { node, length } of instructions)
    flops += (COSTS[node.op] ?? 1) * (length === 0 ? rows : length);
  return flops;
}
