import { createHeap } from './heap.js';
import type { Vector } from './vector.js';

/** Numbers that a reduction takes at a time; the kernels in assembly/reduce.ts share it. */
export const BLOCK = 8192;

/** From here on the detour through a SIMD kernel's memory is shorter than a loop over x, up to one block. */
export const MIN_COPIED = 96;

/** From here on it pays to ask whether x lives in a heap, where the kernel needs no copy of it. */
export const MIN_ASKED = 1024;

const heap = createHeap(12 * BLOCK);
const doubles = heap.f64(BLOCK);
const singles = heap.f32(BLOCK);
let recent: Float64Array = doubles;

/** The first n doubles. Making a view costs as much as copying 500 numbers, and one length follows itself. */
function doublesOf(n: number): Float64Array {
  if (recent.length !== n) recent = doubles.subarray(0, n);
  return recent;
}

/** Σ xᵢ² of up to a block of doubles, or of any number of singles, by the SIMD kernel. */
export function copiedSumOfSquares(x: Vector): number {
  if (x instanceof Float64Array) {
    const copy = doublesOf(x.length);
    copy.set(x);
    return heap.sumOfSquares(copy);
  }
  let sum = 0;
  for (let from = 0; from < x.length; from += BLOCK) {
    const block = x.length <= BLOCK ? x : x.subarray(from, from + BLOCK);
    singles.set(block);
    sum += heap.sumOfSquares(singles, block.length);
  }
  return sum;
}

/** x ← a·x for up to a block of doubles. */
export function copiedScale(x: Float64Array, a: number): void {
  const copy = doublesOf(x.length);
  copy.set(x);
  heap.scale(copy, a);
  x.set(copy);
}
