import { MIN_NORMAL } from './norm.js';
import type { Vector } from './vector.js';

const view = new DataView(new ArrayBuffer(8));

/** |x| = mantissa · 2^exponent with 1 <= mantissa < 2, for finite x other than 0. */
function split(x: number): { mantissa: number; exponent: number } {
  // 2^54 lifts a subnormal into the ordinary range, exactly.
  if (Math.abs(x) < MIN_NORMAL) {
    const { mantissa, exponent } = split(x * 18014398509481984);
    return { mantissa, exponent: exponent - 54 };
  }
  view.setFloat64(0, Math.abs(x));
  const high = view.getUint32(0);
  view.setUint32(0, (high & 0xfffff) | 0x3ff00000);
  return { mantissa: view.getFloat64(0), exponent: (high >>> 20) - 1023 };
}

/** 2^k for -1074 <= k <= 1023. */
function powerOfTwo(k: number): number {
  if (k < -1022) return powerOfTwo(k + 100) * 7.888609052210118e-31;
  view.setUint32(0, (k + 1023) << 20);
  view.setUint32(4, 0);
  return view.getFloat64(0);
}

/**
 * x ← x · a / b for a >= 0 and b > 0, whose quotient may be too great or too small for a double while the result
 * is not. The quotient is f · 2^e with f near 1; the power is applied in steps that are exact, and on the side of f
 * on which nothing is lost.
 */
export function scaleByQuotient(x: Vector, a: number, b: number): void {
  if (a === 0 || !(a < Infinity && b < Infinity && b > 0)) {
    for (let i = 0; i < x.length; i++) x[i] *= a / b;
    return;
  }
  const top = split(a);
  const bottom = split(b);
  let f = top.mantissa / bottom.mantissa;
  let e = top.exponent - bottom.exponent;
  if (e > 0 && f < 1) {
    f *= 2;
    e--;
  } else if (e < 0 && f > 1) {
    f /= 2;
    e++;
  }
  const first = Math.max(-1000, Math.min(1000, e));
  const second = Math.max(-1000, Math.min(1000, e - first));
  const p = powerOfTwo(first);
  const q = powerOfTwo(second);
  const r = powerOfTwo(Math.max(-1000, Math.min(1000, e - first - second)));
  if (e > 0) for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * p * q * r * f;
  else for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * f * p * q * r;
}

/**
 * a / b < 1 as two factors, an ordinary number and a power of two, for a >= 0 and finite b: multiplied by the first
 * and then by the second, no number loses digits that its result has.
 */
export function factorsOf(a: number, b: number): readonly [number, number] {
  if (a === 0) return [0, 1];
  const top = split(a);
  const bottom = split(b);
  let f = top.mantissa / bottom.mantissa;
  let e = top.exponent - bottom.exponent;
  if (f < 1) {
    f *= 2;
    e--;
  }
  const first = Math.max(-1022, e);
  return [f * powerOfTwo(first), powerOfTwo(Math.max(-1074, e - first))];
}
