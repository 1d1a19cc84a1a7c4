import type { Heap } from './heap.js';
import { rawKernels } from './raw.js';

/**
 * Whole passes over time. Everything is an address, but the last numbers before `product` and `panels`, which are scratch:
 * steps, rows, units, then the activation of a simple cell, then after how many steps a backward pass is cut.
 */
export interface RecurrentKernels {
  simpleForward(h: number, z: number, first: number, w: number, bias: number, ...rest: number[]): void;
  simpleBackward(dz: number, dh: number, h: number, w: number, ...rest: number[]): void;
  lstmForward(h: number, c: number, squashed: number, z: number, ...rest: number[]): void;
  lstmBackward(dz: number, dc: number, dh: number, gates: number, c: number, ...rest: number[]): void;
  gruForward(h: number, u: number, z: number, first: number, w: number, ...rest: number[]): void;
  gruBackward(dz: number, du: number, carry: number, dh: number, ...rest: number[]): void;
}

const NAMES = [
  'simpleForward',
  'simpleBackward',
  'lstmForward',
  'lstmBackward',
  'gruForward',
  'gruBackward',
] as const;

/** `width` is that of an element in bytes. */
export const recurrentKernels = (heap: Heap, width: 4 | 8): RecurrentKernels =>
  rawKernels(heap, width === 4 ? 32 : 64, NAMES);

/** Numbers of one row of a product with `columns` columns, as assembly/recurrent/panels.ts pads it for `rows` rows. */
export function paddedColumns(rows: number, columns: number, width: 4 | 8): number {
  const panel = (rows <= 3 ? 128 : 32) / width;
  return Math.ceil(columns / panel) * panel;
}
