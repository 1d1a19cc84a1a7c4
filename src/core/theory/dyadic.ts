/** Σ m[k] 2^exponent x^k, exactly. Every double is a dyadic number, so these polynomials of doubles lose nothing. */
export interface Dyadic {
  readonly m: readonly bigint[];
  readonly exponent: number;
}

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** A finite double as mantissa · 2^exponent. */
function parts(x: number): readonly [bigint, number] {
  double[0] = x;
  const word = bits[0] as bigint;
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  return [x < 0 ? -mantissa : mantissa, Math.max(biased, 1) - 1075];
}

/** The polynomial with these coefficients, from the constant up. */
export function dyadic(coefficients: readonly number[]): Dyadic {
  const all = coefficients.map(parts);
  let exponent = Infinity;
  for (const [mantissa, e] of all)
    if (mantissa !== 0n) exponent = Math.min(exponent, e + trailingZeros(mantissa));
  if (exponent === Infinity) return { m: [], exponent: 0 };
  const m = all.map(([mantissa, e]) =>
    mantissa === 0n
      ? 0n
      : e >= exponent
        ? mantissa << BigInt(e - exponent)
        : mantissa >> BigInt(exponent - e),
  );
  return { m: trimmed(m), exponent };
}

function trailingZeros(x: bigint): number {
  let count = 0;
  for (let rest = x < 0n ? -x : x; (rest & 1n) === 0n; rest >>= 1n) count++;
  return count;
}

export function trimmed(m: bigint[]): bigint[] {
  let n = m.length;
  while (n > 0 && m[n - 1] === 0n) n--;
  return m.slice(0, n);
}

export const derivative = ({ m, exponent }: Dyadic): Dyadic => ({
  m: m.slice(1).map((c, i) => c * BigInt(i + 1)),
  exponent,
});

export const negated = ({ m, exponent }: Dyadic): Dyadic => ({ m: m.map((c) => -c), exponent });

export function sum(a: Dyadic, b: Dyadic): Dyadic {
  if (a.m.length === 0) return b;
  if (b.m.length === 0) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const left = BigInt(a.exponent - exponent);
  const right = BigInt(b.exponent - exponent);
  const m: bigint[] = [];
  for (let k = 0; k < Math.max(a.m.length, b.m.length); k++)
    m.push(((a.m[k] ?? 0n) << left) + ((b.m[k] ?? 0n) << right));
  return { m: trimmed(m), exponent };
}

export function product(a: Dyadic, b: Dyadic): Dyadic {
  if (a.m.length === 0 || b.m.length === 0) return { m: [], exponent: 0 };
  const m = new Array<bigint>(a.m.length + b.m.length - 1).fill(0n);
  for (let i = 0; i < a.m.length; i++)
    for (let j = 0; j < b.m.length; j++)
      m[i + j] = (m[i + j] as bigint) + (a.m[i] as bigint) * (b.m[j] as bigint);
  return { m, exponent: a.exponent + b.exponent };
}

/** The constant p(x). */
export function valueAt(p: Dyadic, x: number): Dyadic {
  const [mantissa, e] = parts(x);
  if (p.m.length === 0) return p;
  // Σ m_k X^k 2^(e k): with e < 0 everything over 2^(-e n), by Horner's rule.
  const step = BigInt(Math.abs(e));
  let value = 0n;
  let scale = 0n;
  for (let k = p.m.length - 1; k >= 0; k--) {
    const c = p.m[k] as bigint;
    value = e < 0 ? value * mantissa + (c << scale) : ((value * mantissa) << step) + c;
    if (k > 0) scale += step;
  }
  return { m: trimmed([value]), exponent: p.exponent + (e < 0 ? -Number(scale) : 0) };
}

/** -1, 0 or 1 for a constant. */
export const signOf = ({ m }: Dyadic): number => {
  const c = m[0] ?? 0n;
  return c > 0n ? 1 : c < 0n ? -1 : 0;
};

export const magnitude = (constant: Dyadic): Dyadic => (signOf(constant) < 0 ? negated(constant) : constant);

/** The greatest double that is at most a constant >= 0; Infinity becomes the greatest finite one. */
export function floorOf(constant: Dyadic): number {
  if (signOf(constant) <= 0) return 0;
  const m = constant.m[0] as bigint;
  const surplus = m.toString(2).length - 53;
  // Below the normal numbers the last bits are worth 2^-1074.
  const drop = Math.max(surplus, -1074 - constant.exponent);
  const kept = drop > 0 ? m >> BigInt(drop) : m << BigInt(Math.min(-drop, 53));
  const exponent = constant.exponent + (drop > 0 ? drop : -Math.min(-drop, 53));
  const value = scaledBy(Number(kept), exponent);
  return value === Infinity ? Number.MAX_VALUE : value;
}

/** e with 2^e <= |x| < 2^(e+1), for x not 0. */
export function exponentOf(x: number): number {
  const [mantissa, e] = parts(x);
  return e + mantissa.toString(2).length - (mantissa < 0n ? 2 : 1);
}

/** x · 2^e; exact where the result is a double. */
export function scaledBy(x: number, e: number): number {
  let rest = e;
  let value = x;
  for (; rest > 1000 && value !== 0; rest -= 1000) value *= TWO_1000;
  for (; rest < -1000 && value !== 0; rest += 1000) value *= 1 / TWO_1000;
  return Math.abs(rest) > 1000 ? value : value * powerOfTwo(rest);
}

function powerOfTwo(e: number): number {
  bits[0] = BigInt(e + 1023) << 52n;
  return double[0] as number;
}
const TWO_1000 = powerOfTwo(1000);
