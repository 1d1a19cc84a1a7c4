/**
 * Doubles as integers: every finite double is a whole multiple of 2^-1074, so sums of their powers are exact and
 * norms are compared without rounding.
 */
const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);
const FRACTION = (1n << 52n) - 1n;

/** |x| · 2^1074 */
export function units(x: number): bigint {
  double[0] = x;
  const exponent = ((bits[0] as bigint) >> 52n) & 0x7ffn;
  const fraction = (bits[0] as bigint) & FRACTION;
  return exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n);
}

/** 2^k, exact for -1074 <= k <= 1023. */
export function powerOfTwo(k: number): number {
  bits[0] = k >= -1022 ? BigInt(k + 1023) << 52n : 1n << BigInt(k + 1074);
  return double[0] as number;
}

/** The next double towards zero, for x > 0. */
export function below(x: number): number {
  double[0] = x;
  bits[0] = (bits[0] as bigint) - 1n;
  return double[0];
}

/** Σ |xᵢ|^p in units^p; p is 1, 2 or 3. */
export const powerSum = (x: ArrayLike<number>, p: bigint): bigint =>
  Array.from(x).reduce((sum, v) => sum + units(v) ** p, 0n);

const MAX = units(Number.MAX_VALUE);
const ONE = 1n << 53n;

/**
 * How |x| compares with value^(1/p), where value counts units^p: -1 or 1 when it is below or above by more than
 * `ulps` · 2^-53 of itself and half of the least double, else 0. Infinity stands for whatever exceeds the doubles.
 */
export function compareRoot(x: number, value: bigint, p: bigint, ulps: number): -1 | 0 | 1 {
  const infinite = Math.abs(x) === Infinity;
  const scaled = infinite ? MAX : units(x);
  const slack = scaled * BigInt(ulps) + ONE / 2n;
  const target = value << (53n * p);
  const least = scaled * ONE - slack;
  if (least > 0n && least ** p > target) return 1;
  if (infinite) return 0;
  return (scaled * ONE + slack) ** p < target ? -1 : 0;
}
