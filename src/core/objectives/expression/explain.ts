import { runInstructions } from '../../kernels/expression.js';
import { type Node, ROWS } from './graph.js';
import type { Loaded } from './machine.js';
import type { Instruction } from './program.js';
import { placeOf } from './tokens.js';

/** As people write it. */
const SIGNS: Readonly<Record<string, string>> = {
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  integerPower: '^',
  square: '^2',
  pow: '^',
  norm: 'norm2',
  reciprocal: '1/norm2',
};

/**
 * Executes a program one instruction after another and says which one first made something that is not finite: the
 * function, its operands, line and column, and the row. Empty if none did.
 */
export function explain(
  formula: string,
  { heap, program, code, arena, columns }: Loaded,
  rows: number,
  rowAt: (i: number) => number,
): string {
  const { instructions, segments, locate, block: size } = program;
  const before = new Map<Node, Float64Array>();

  /** Executes instruction i; the element that is not finite, or -1. */
  function step(i: number, start: number, block: number): number {
    const { node, length, out } = instructions[i] as Instruction;
    before.clear();
    for (const input of node.inputs) before.set(input, valuesOf(input, start, block));
    runInstructions(heap, code, i, i + 1, start, block);
    const n = node.axis === ROWS ? block : isSum(node) ? 1 : length;
    for (let k = 0; k < n; k++) if (!Number.isFinite(arena[out + k])) return k;
    return -1;
  }

  function valuesOf(node: Node, start: number, block: number): Float64Array {
    const at = locate(node);
    if (at < 0) return (columns[~at] as Float64Array).slice(start, start + block);
    return arena.slice(at, at + (node.axis === ROWS ? block : Math.max(1, node.axis)));
  }

  function words({ node, out }: Instruction, k: number, start: number): string {
    const { line, column } = placeOf(formula, node.at);
    const operands = node.inputs.map((input) => {
      const values = before.get(input) as Float64Array;
      return input.axis === node.axis ? values[k] : values.length === 1 ? values[0] : '…';
    });
    const where = node.axis === ROWS ? `, row ${rowAt(start + k)}` : node.axis > 0 ? `, element ${k}` : '';
    const name = SIGNS[node.op] ?? node.op;
    return `${name} of ${operands.join(' and ')} at line ${line}, column ${column} of the formula${where} is ${arena[out + k]}`;
  }

  for (const { overRows, first, end } of segments)
    for (let start = 0; start === 0 || (overRows && start < rows); start += size)
      for (let i = first; i < end; i++) {
        const k = step(i, start, Math.min(size, rows - start));
        if (k >= 0) return words(instructions[i] as Instruction, k, start);
      }
  return '';
}

const isSum = ({ op }: Node): boolean => op === 'sum' || op === 'dot';
