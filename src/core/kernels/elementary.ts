import type { Heap } from './heap.js';
import { checkVector, rawKernels } from './raw.js';
import type { Vector } from './vector.js';

export type ElementaryName = 'tanhs' | 'sigmoids' | 'relus';

/** A function of every element, on vectors of one heap, by SIMD. */
export interface Elementary {
  /** y ← f(x), the first n elements. */
  value(y: Vector, x: Vector, n: number): void;
  /** gradient ← from · f'(x), with `adds` gradient + from · f'(x), given y = f(x); computed in double, rounded once. */
  chainRule(gradient: Vector, from: Vector, y: Vector, n: number, adds: boolean): void;
}

export function elementary(heap: Heap, dtype: 'float64' | 'float32', name: ElementaryName): Elementary {
  const bits = dtype === 'float32' ? 32 : 64;
  const chain = `${name}ChainRule` as const;
  const kernels = rawKernels(heap, bits, [name, chain]);
  const check = (n: number, ...vectors: Vector[]): void => {
    for (const vector of vectors) checkVector(heap, bits, vector, n);
  };
  return {
    value(y, x, n) {
      check(n, y, x);
      kernels[name](y.byteOffset, x.byteOffset, n);
    },
    chainRule(gradient, from, y, n, adds) {
      check(n, gradient, from, y);
      kernels[chain](gradient.byteOffset, from.byteOffset, y.byteOffset, n, +adds);
    },
  };
}
