import { exactSum } from './exact-sum.js';
import { combine, isSafe, measure, type ScaledNorm, split, sumOfSquares } from './norm.js';
import type { Vector } from './vector.js';

/**
 * What is left of tensors for a norm of order p over them and others: three numbers for each, in any order. Their
 * sums are rounded once, so it does not matter how the tensors were grouped.
 */
export interface NormParts {
  readonly order: number;
  /** max |x| of each tensor; 1 where the next holds Σ x² itself. */
  readonly maxima: Float64Array;
  /** Σ (|x| / maximum)^p of each. */
  readonly sums: Float64Array;
  /** Σ x² of each as doubles have it; only for p = 2. */
  readonly squares: Float64Array;
}

/** The parts of tensors; what is all zeros has none. */
export function normParts(tensors: readonly Vector[], order: number): NormParts {
  const all = { maxima: new Float64Array(tensors.length), sums: new Float64Array(tensors.length) };
  for (let t = 0; t < tensors.length; t++) measure(tensors[t] as Vector, order, all.maxima, all.sums, t);
  const counts = (_: unknown, t: number): boolean => all.maxima[t] !== 0;
  const squareOf = (x: Vector, t: number): number =>
    all.maxima[t] === 1 ? (all.sums[t] as number) : sumOfSquares(x);
  const squares = order === 2 ? tensors.map(squareOf) : [];
  return {
    order,
    maxima: all.maxima.filter(counts),
    sums: all.sums.filter(counts),
    squares: Float64Array.from(squares.filter(counts)),
  };
}

/** The parts of what several are the parts of. */
export function mergeParts(order: number, several: readonly Omit<NormParts, 'order'>[]): NormParts {
  const join = (field: 'maxima' | 'sums' | 'squares'): Float64Array => {
    const joined = new Float64Array(several.reduce((n, parts) => n + parts[field].length, 0));
    let at = 0;
    for (const parts of several) {
      joined.set(parts[field], at);
      at += parts[field].length;
    }
    return joined;
  };
  return { order, maxima: join('maxima'), sums: join('sums'), squares: join('squares') };
}

/** The norm of all that the parts are of: to the last bit what `euclidean` and `scaledNorm` give for it. */
export function normOf({ order, maxima, sums, squares }: NormParts): ScaledNorm {
  if (order === 2) {
    const sum = exactSum(squares, squares.length);
    if (isSafe(sum)) return split(Math.sqrt(sum));
  }
  return combine(maxima, sums, maxima.length, order);
}
