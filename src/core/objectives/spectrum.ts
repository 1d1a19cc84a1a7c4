import { eigenvalues } from '../kernels/eigenvalues.js';
import type { Vector } from '../kernels/vector.js';

/** Beyond this an exact spectrum takes seconds. */
const MAX_EXACT = 256;

export interface Spectrum {
  readonly least: number;
  readonly greatest: number;
}

/** The extreme eigenvalues of a symmetric matrix; null above 256 rows. */
export function spectrum(a: Vector, n: number): Spectrum | null {
  if (n > MAX_EXACT) return null;
  const values = eigenvalues(Float64Array.from(a), n);
  let least = Infinity;
  let greatest = -Infinity;
  for (let i = 0; i < n; i++) {
    least = Math.min(least, values[i] as number);
    greatest = Math.max(greatest, values[i] as number);
  }
  return { least, greatest };
}

/** Aᵀ diag(w) A for A with `rows` rows, w = 1 when absent. */
export function gram(a: Vector, rows: number, columns: number, w?: readonly number[]): Float64Array {
  const out = new Float64Array(columns * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const weighted = (w === undefined ? 1 : (w[i] as number)) * (a[i * columns + j] as number);
      for (let k = 0; k < columns; k++) out[j * columns + k] += weighted * a[i * columns + k];
    }
  return out;
}
