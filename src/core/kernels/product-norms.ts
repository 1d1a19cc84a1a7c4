import { greatestSingularValue, singularFlops, singularWork } from './greatest-singular-value.js';
import { exponentOf, timesPowerOfTwo } from './power-of-two.js';
import { maxAbs } from './vector.js';
import { math } from './wasm.js';

/** ‖P_k‖₂ for k = 0, 1, ... */
export interface ProductNorms {
  /** Infinity or 0 where it is no double. */
  readonly norms: Float64Array;
  /** log10 of the same, whatever its size; -Infinity for 0. */
  readonly logarithms: Float64Array;
}

/** Beyond this a product is scaled back, by a power of two. */
const RANGE = 256;
const LN10 = Math.LN10;
const LN2 = Math.LN2;

/** Operations for each factor of `productNorms`. */
export const productFlops = (n: number): number => 2 * n * n * n + singularFlops(n);

/**
 * The norms of P_0 = I and P_k = F_k P_{k-1} for k = 1 ... count, n x n. Products are kept as a matrix of ordinary
 * numbers and a power of two, so that nothing overflows or underflows on the way. `factor` may return the same array
 * each time; where it returns null the norms end.
 */
export function productNorms(
  n: number,
  count: number,
  factor: (k: number) => Float64Array | null,
): ProductNorms {
  const norms = new Float64Array(count + 1);
  const logarithms = new Float64Array(count + 1).fill(-Infinity);
  const work = singularWork(n);
  const shrunk = new Float64Array(n * n);
  let product = new Float64Array(n * n);
  let next = new Float64Array(n * n);
  for (let i = 0; i < n; i++) product[i * n + i] = 1;
  norms[0] = 1;
  logarithms[0] = 0;
  let exponent = 0;
  for (let k = 1; k <= count; k++) {
    const given = factor(k);
    if (given === null) return { norms: norms.slice(0, k), logarithms: logarithms.slice(0, k) };
    const size = exponentOf(maxAbs(given));
    const small = Math.abs(size) < RANGE;
    if (!small) for (let i = 0; i < n * n; i++) shrunk[i] = timesPowerOfTwo(given[i] as number, -size);
    if (!small) exponent += size;
    multiply(next, small ? given : shrunk, product, n);
    [product, next] = [next, product];
    const max = maxAbs(product);
    if (max === 0) break;
    const grown = exponentOf(max);
    if (Math.abs(grown) >= RANGE) {
      for (let i = 0; i < n * n; i++) product[i] = timesPowerOfTwo(product[i] as number, -grown);
      exponent += grown;
    }
    const norm = greatestSingularValue(product, work);
    norms[k] = timesPowerOfTwo(norm, exponent);
    logarithms[k] = (math.log(norm) + exponent * LN2) / LN10;
  }
  return { norms, logarithms };
}

/** c ← a b, n x n. */
export function multiply(c: Float64Array, a: Float64Array, b: Float64Array, n: number): void {
  c.fill(0);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const f = a[i * n + k] as number;
      if (f === 0) continue;
      for (let j = 0; j < n; j++) c[i * n + j] += f * (b[k * n + j] as number);
    }
}
