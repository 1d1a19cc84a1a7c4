import { exponentOf, scaledBy } from './dyadic.js';

/** Doubles only, for candidates: what is claimed about them is proved elsewhere. Coefficients from the constant up. */
export type Coefficients = readonly number[];

export const slopeOf = (c: Coefficients): number[] => c.slice(1).map((ck, i) => ck * (i + 1));

export function horner(c: Coefficients, x: number): number {
  let sum = 0;
  for (let k = c.length - 1; k >= 0; k--) sum = sum * x + (c[k] as number);
  return sum;
}

const MAX_STEPS = 200;

/**
 * Real roots, up to rounding and up to roots of even multiplicity: between neighbouring extrema, which are the roots of the
 * derivative, lies one or none.
 */
export function realRoots(c: Coefficients): number[] {
  let n = c.length;
  while (n > 0 && c[n - 1] === 0) n--;
  const p = c.slice(0, n);
  if (n < 2) return [];
  const bound = rootBound(p);
  let derivatives: number[][] = [p];
  while ((derivatives[0] as number[]).length > 2)
    derivatives = [slopeOf(derivatives[0] as number[]), ...derivatives];
  let roots: number[] = [];
  for (const q of derivatives) {
    const ends = [-bound, ...roots, bound];
    const found: number[] = [];
    for (let i = 0; i + 1 < ends.length; i++) {
      const root = rootBetween(q, ends[i] as number, ends[i + 1] as number);
      if (root !== null && root !== found[found.length - 1]) found.push(root);
    }
    roots = found;
  }
  return roots;
}

/** A power of two at least Fujiwara's bound 2 max |c_k/c_n|^(1/(n-k)); bounds the derivatives' roots, too (Gauss, Lucas). */
function rootBound(c: Coefficients): number {
  return scaledBy(4, growth(c));
}

/** The least integer m with |c_k| <= 2 |c_n| 2^(m (n - k)) for every k < n: roots are about as great as 2^m. */
export function growth(c: Coefficients): number {
  const n = c.length - 1;
  const lead = exponentOf(c[n] as number);
  let greatest = -Infinity;
  for (let k = 0; k < n; k++)
    if (c[k] !== 0) greatest = Math.max(greatest, Math.ceil((exponentOf(c[k] as number) - lead) / (n - k)));
  return greatest === -Infinity ? 0 : greatest;
}

/** The root where p changes its sign between a and b, or null: false position (Illinois), every third step a bisection. */
function rootBetween(p: Coefficients, a: number, b: number): number | null {
  let low = a;
  let high = b;
  let atLow = horner(p, low);
  let atHigh = horner(p, high);
  if (atLow === 0) return low;
  if (atHigh === 0) return high;
  const rising = atHigh > 0;
  if (atLow > 0 === rising) return null;
  let moved = 0;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (high - low <= 4e-16 * Math.max(Math.abs(low), Math.abs(high))) break;
    const secant = low - atLow * ((high - low) / (atHigh - atLow));
    const x = step % 3 === 2 || !(secant > low && secant < high) ? low + (high - low) / 2 : secant;
    if (!(x > low && x < high)) break;
    const value = horner(p, x);
    if (value === 0) return x;
    if (value > 0 === rising) {
      high = x;
      atHigh = value;
      if (moved === 1) atLow /= 2;
      moved = 1;
    } else {
      low = x;
      atLow = value;
      if (moved === -1) atHigh /= 2;
      moved = -1;
    }
  }
  return low + (high - low) / 2;
}
