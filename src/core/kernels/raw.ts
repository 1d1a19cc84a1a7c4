import type { Heap } from './heap.js';
import type { Vector } from './vector.js';

/** A function of the module that takes addresses, counts and flags, and checks none of them. */
export type Raw = (...args: number[]) => void;

/** The module's functions of these names for the element type of so many bits. */
export function rawKernels<K extends string>(
  heap: Heap,
  bits: 32 | 64,
  names: readonly K[],
): Readonly<Record<K, Raw>> {
  const functions = heap.functions as unknown as Readonly<Record<string, Raw>>;
  return Object.fromEntries(names.map((name) => [name, functions[`${name}${bits}`]])) as Record<K, Raw>;
}

export const bitsOf = (x: Vector): 32 | 64 => (x instanceof Float32Array ? 32 : 64);

/** Throws unless x is a vector of this heap and element type with `size` numbers at least. */
export function checkVector(heap: Heap, bits: 32 | 64, x: Vector, size: number): void {
  if (!heap.owns(x) || bitsOf(x) !== bits) throw new RangeError('the vector is not in this heap');
  if (x.length < size) throw new RangeError(`${x.length} numbers are less than ${size}`);
}
