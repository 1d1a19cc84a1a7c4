import type { Heap } from './heap.js';

/** Numbers of the operations, as in assembly/expression.ts. */
export const OPCODES = {
  add: 1,
  subtract: 2,
  multiply: 3,
  divide: 4,
  min: 5,
  max: 6,
  greater: 7,
  atLeast: 8,
  pow: 9,
  negate: 16,
  exp: 17,
  expm1: 18,
  log: 19,
  log1p: 20,
  sqrt: 21,
  /** The square root again: derivatives differ. */
  norm: 21,
  sin: 22,
  cos: 23,
  tan: 24,
  tanh: 25,
  sinh: 26,
  cosh: 27,
  sigmoid: 28,
  softplus: 29,
  abs: 30,
  square: 31,
  sign: 32,
  reciprocal: 33,
  erf: 34,
  integerPower: 35,
  sum: 48,
  dot: 49,
  clear: 50,
  put: 51,
} as const;

export const SCALAR_A: number = 1 << 8;
export const SCALAR_B: number = 1 << 9;
export const COLUMN_A: number = 1 << 10;
export const COLUMN_B: number = 1 << 11;
export const ADDS: number = 1 << 12;

/** Words of an instruction: operation and flags, three addresses, elements (0: the rows of the block), an integer. */
export const INSTRUCTION = 6;

/** Executes instructions `first` to `end` once, on the rows from `start`. Addresses inside them are not checked. */
export function runInstructions(
  heap: Heap,
  code: Int32Array,
  first: number,
  end: number,
  start: number,
  rows: number,
): void {
  within(heap, code, first, end);
  const at = code.byteOffset + 4 * INSTRUCTION * first;
  heap.functions.expressionRun(at, end - first, 8 * start, rows);
}

/** The same on all rows, `block` (an even number) at a time. */
export function runPass(
  heap: Heap,
  code: Int32Array,
  first: number,
  end: number,
  rows: number,
  block: number,
): void {
  within(heap, code, first, end);
  const at = code.byteOffset + 4 * INSTRUCTION * first;
  heap.functions.expressionPass(at, end - first, rows, block);
}

function within(heap: Heap, code: Int32Array, first: number, end: number): void {
  if (!heap.owns(code)) throw new RangeError('the code is not in this heap');
  if (!(first >= 0 && first <= end && end * INSTRUCTION <= code.length))
    throw new RangeError(`instructions ${first} to ${end} are not in the code`);
}
