/** More than a sum of doubles has non-overlapping parts: (1023 + 1074) / 53. */
const parts = new Float64Array(64);

/** Above this the parts could overflow on the way, and nobody asks for the last bit. */
const MAX_EXACT = 1e306;

/**
 * Σ of the first n terms, none negative, rounded once: the same bits in any order, and however the terms were grouped
 * before (Shewchuk 1997, as in Python's fsum).
 */
export function exactSum(terms: ArrayLike<number>, n: number): number {
  let sum = 0;
  for (let t = 0; t < n; t++) sum += terms[t] as number;
  if (n <= 2 || !(sum <= MAX_EXACT)) return sum;
  let count = 0;
  for (let t = 0; t < n; t++) count = add(terms[t] as number, count);
  return rounded(count);
}

/** Adds x to the `count` parts without error; returns how many there are then. */
function add(x: number, count: number): number {
  let kept = 0;
  let high = x;
  for (let i = 0; i < count; i++) {
    const part = parts[i] as number;
    const sum = high + part;
    const low = Math.abs(high) < Math.abs(part) ? high - (sum - part) : part - (sum - high);
    if (low !== 0) parts[kept++] = low;
    high = sum;
  }
  if (high !== 0) parts[kept++] = high;
  return kept;
}

/** The sum of the parts to the nearest double, ties to even. */
function rounded(count: number): number {
  let i = count - 1;
  let high = i < 0 ? 0 : (parts[i] as number);
  let low = 0;
  while (i > 0 && low === 0) {
    const part = parts[--i] as number;
    const sum = high + part;
    low = part - (sum - high);
    high = sum;
  }
  // What lies below decides a tie.
  const below = i > 0 ? (parts[i - 1] as number) : 0;
  if ((low < 0 && below < 0) || (low > 0 && below > 0)) {
    const twice = 2 * low;
    const next = high + twice;
    if (next - high === twice) high = next;
  }
  return high;
}
