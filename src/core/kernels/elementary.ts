import type { Heap } from './heap.js';
import { checkVector, rawKernels } from './raw.js';
import type { Vector } from './vector.js';

export type ElementaryName = 'exps' | 'tanhs' | 'sigmoids';

/** out ← f(x), the first n elements of two vectors of this heap, by SIMD. */
export function elementary(
  heap: Heap,
  dtype: 'float64' | 'float32',
  name: ElementaryName,
): (out: Vector, x: Vector, n: number) => void {
  const bits = dtype === 'float32' ? 32 : 64;
  const kernel = rawKernels(heap, bits, [name])[name];
  return (out, x, n) => {
    checkVector(heap, bits, out, n);
    checkVector(heap, bits, x, n);
    kernel(out.byteOffset, x.byteOffset, n);
  };
}
