// Elementary functions of two doubles at once, inlined into the loops that need them. Each takes the same steps for
// every lane, so a lane's bits do not depend on its neighbour. Coefficients of fdlibm (Sun Microsystems 1993).
// Against correctly rounded values: at most 2 ulp.

/** 1.5 · 2^52: adding it leaves the nearest integer in the low bits. */
const SHIFT: f64 = 6755399441055744.0;

/**
 * The constants lie in memory, each a load away: as immediate operands every one takes V8 three instructions in every
 * round of a loop.
 */
const EXP = memory.data<f64>([
  710.0, -746.0, 1.44269504088896338700, SHIFT, 6.93147180369123816490e-1, 1.90821492927058770002e-10,
  4.13813679705723846039e-8, -1.65339022054652515390e-6, 6.61375632143793436117e-5, -2.77777777770155933842e-3,
  1.66666666666666019037e-1, 2.0, 1.0,
]);
/** 2048 + SHIFT's bits, so that the exponent is positive where it is halved; 1023 - 1024. */
const EXP_BITS = memory.data<i64>([0x4338000000000000 - 2048, -1]);

const ONE = memory.data<f64>([1.0]);

@inline
function constant(table: usize, i: usize): v128 {
  return v128.load64_splat(table + (i << 3));
}

/**
 * e^x = 2^k e^r: with c = r - r² P(r²), e^r = 1 + (r c / (2 - c) - low + high). The power of two is multiplied in by
 * two halves, so that results below the normal numbers are rounded once.
 */
@inline
export function expPair(x: v128): v128 {
  const within = f64x2.pmax(f64x2.pmin(x, constant(EXP, 0)), constant(EXP, 1));
  const shift = constant(EXP, 3);
  const shifted = f64x2.add(f64x2.mul(within, constant(EXP, 2)), shift);
  const k = f64x2.sub(shifted, shift);
  const high = f64x2.sub(within, f64x2.mul(k, constant(EXP, 4)));
  const low = f64x2.mul(k, constant(EXP, 5));
  const r = f64x2.sub(high, low);
  const s = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(s, constant(EXP, 6)), constant(EXP, 7));
  p = f64x2.add(f64x2.mul(p, s), constant(EXP, 8));
  p = f64x2.add(f64x2.mul(p, s), constant(EXP, 9));
  p = f64x2.add(f64x2.mul(p, s), constant(EXP, 10));
  const c = f64x2.sub(r, f64x2.mul(s, p));
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(constant(EXP, 11), c));
  const y = f64x2.add(constant(EXP, 12), f64x2.add(f64x2.sub(quotient, low), high));
  const exponent = i64x2.sub(shifted, constant(EXP_BITS, 0));
  const half = i64x2.shr_u(exponent, 1);
  const bias = constant(EXP_BITS, 1);
  const first = i64x2.shl(i64x2.add(half, bias), 52);
  const second = i64x2.shl(i64x2.add(i64x2.sub(exponent, half), bias), 52);
  return f64x2.mul(f64x2.mul(y, first), second);
}

/** Of √½; 2^10 in the place of an exponent, and in the place of an integer. */
const LOG_BITS = memory.data<i64>([0x3fe6a09e667f3bcd, 0x4000000000000000, 1024]);
const LOG = memory.data<f64>([
  2.2250738585072014e-308, 18014398509481984.0, SHIFT, 54.0, 1.0, 0.5, 2.0, 1.531383769920937332e-1,
  2.222219843214978396e-1, 3.999999999940941908e-1, 1.479819860511658591e-1, 1.818357216161805012e-1,
  2.857142874366239149e-1, 6.666666666666735130e-1, 1.90821492927058770002e-10, 6.93147180369123816490e-1,
]);
/** log x = k ln 2 + log m with √½ <= m < √2, from a series in f / (2 + f), f = m - 1. */
@inline
export function logPair(x: v128): v128 {
  const zero = f64x2.splat(0.0);
  // Subnormal numbers are brought into the normal range first.
  const small = f64x2.lt(x, constant(LOG, 0));
  const normal = v128.bitselect(f64x2.mul(x, constant(LOG, 1)), x, small);
  const shifted = i64x2.sub(normal, constant(LOG_BITS, 0));
  // Biased, so that the shift may be one without a sign.
  const exponent = i64x2.sub(i64x2.shr_u(i64x2.add(shifted, constant(LOG_BITS, 1)), 52), constant(LOG_BITS, 2));
  const m = i64x2.sub(normal, i64x2.shl(exponent, 52));
  const shift = constant(LOG, 2);
  let k = f64x2.sub(i64x2.add(exponent, shift), shift);
  k = f64x2.sub(k, v128.and(small, constant(LOG, 3)));
  const f = f64x2.sub(m, constant(LOG, 4));
  const half = f64x2.mul(f64x2.mul(constant(LOG, 5), f), f);
  const s = f64x2.div(f, f64x2.add(constant(LOG, 6), f));
  const z = f64x2.mul(s, s);
  const w = f64x2.mul(z, z);
  let even = f64x2.add(f64x2.mul(w, constant(LOG, 7)), constant(LOG, 8));
  even = f64x2.mul(w, f64x2.add(f64x2.mul(even, w), constant(LOG, 9)));
  let odd = f64x2.add(f64x2.mul(w, constant(LOG, 10)), constant(LOG, 11));
  odd = f64x2.add(f64x2.mul(odd, w), constant(LOG, 12));
  odd = f64x2.mul(z, f64x2.add(f64x2.mul(odd, w), constant(LOG, 13)));
  const sum = f64x2.add(half, f64x2.add(odd, even));
  const low = f64x2.mul(k, constant(LOG, 14));
  const rest = f64x2.sub(f64x2.sub(half, f64x2.add(f64x2.mul(s, sum), low)), f);
  const y = f64x2.sub(f64x2.mul(k, constant(LOG, 15)), rest);
  // Infinity stays, NaN stays, log 0 = -Infinity, and there is no logarithm below.
  const finite = v128.bitselect(y, x, f64x2.lt(x, f64x2.splat(Infinity)));
  const positive = v128.bitselect(f64x2.splat(-Infinity), finite, f64x2.eq(x, zero));
  return v128.bitselect(f64x2.splat(NaN), positive, f64x2.lt(x, zero));
}

/** log(1 + x) = log u + (x - (u - 1)) / u with u the rounded 1 + x; the last term undoes that rounding. */
@inline
export function log1pPair(x: v128): v128 {
  const one = constant(ONE, 0);
  const u = f64x2.add(one, x);
  const rounded = f64x2.sub(u, one);
  const log = logPair(u);
  const y = f64x2.add(log, f64x2.div(f64x2.sub(x, rounded), u));
  // Where the correction is 0/0 or ∞/∞, and where u = 1.
  const plain = v128.or(f64x2.le(u, f64x2.splat(0.0)), f64x2.eq(u, f64x2.splat(Infinity)));
  const most = v128.bitselect(log, y, plain);
  return v128.bitselect(x, most, f64x2.eq(u, one));
}

/** 1 / (1 + e^-x) = (x < 0 ? e : 1) / (1 + e) with e = e^-|x|. */
@inline
export function sigmoidPair(x: v128): v128 {
  const one = constant(ONE, 0);
  const e = expPair(f64x2.neg(f64x2.abs(x)));
  const top = v128.bitselect(e, one, f64x2.lt(x, f64x2.splat(0.0)));
  return f64x2.div(top, f64x2.add(one, e));
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
@inline
export function softplusPair(x: v128): v128 {
  const e = expPair(f64x2.neg(f64x2.abs(x)));
  return f64x2.add(f64x2.max(x, f64x2.splat(0.0)), log1pPair(e));
}

const SMALL_TANH = memory.data<f64>([
  -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3, 1.12811678491632931402e2,
  2.23548839060100448583e3, 4.84406305325125486048e3,
]);
/** x + x s P(s) / Q(s), s = x², for |x| < 0.625 (Cephes, Moshier 1992). */
@inline
function smallTanh(x: v128): v128 {
  const s = f64x2.mul(x, x);
  let p = f64x2.add(f64x2.mul(s, constant(SMALL_TANH, 0)), constant(SMALL_TANH, 1));
  p = f64x2.add(f64x2.mul(p, s), constant(SMALL_TANH, 2));
  let q = f64x2.add(s, constant(SMALL_TANH, 3));
  q = f64x2.add(f64x2.mul(q, s), constant(SMALL_TANH, 4));
  q = f64x2.add(f64x2.mul(q, s), constant(SMALL_TANH, 5));
  return f64x2.add(f64x2.mul(f64x2.mul(f64x2.div(p, q), s), x), x);
}

const TANH = memory.data<f64>([1.0, -2.0, 0.625, -0.0]);
/** (1 - e) / (1 + e) with e = e^-2|x| and the sign of x; near zero, where that cancels, another formula. */
@inline
export function tanhPair(x: v128): v128 {
  const one = constant(TANH, 0);
  const size = f64x2.abs(x);
  const e = expPair(f64x2.mul(size, constant(TANH, 1)));
  const large = f64x2.div(f64x2.sub(one, e), f64x2.add(one, e));
  const y = v128.bitselect(smallTanh(x), large, f64x2.lt(size, constant(TANH, 2)));
  return v128.or(y, v128.and(x, constant(TANH, 3)));
}

const REDUCE = memory.data<f64>([
  SHIFT, 6.36619772367581382433e-1, 1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21,
]);
/** The sine (quarter = 0) or the cosine (quarter = 1) by quadrants; |x| < 2^20 π / 2. */
@inline
export function sinePair(x: v128, quarter: i64): v128 {
  const shift = constant(REDUCE, 0);
  const shifted = f64x2.add(f64x2.mul(x, constant(REDUCE, 1)), shift);
  const k = f64x2.sub(shifted, shift);
  // x - k π/2 in two parts, π/2 as three numbers of 33 bits and what is left.
  const t = f64x2.sub(x, f64x2.mul(k, constant(REDUCE, 2)));
  let w = f64x2.mul(k, constant(REDUCE, 3));
  const r = f64x2.sub(t, w);
  w = f64x2.sub(f64x2.mul(k, constant(REDUCE, 4)), f64x2.sub(f64x2.sub(t, r), w));
  const high = f64x2.sub(r, w);
  const low = f64x2.sub(f64x2.sub(r, high), w);
  const z = f64x2.mul(high, high);
  const sine = smallSine(high, low, z);
  const cosine = smallCosine(high, low, z);
  const quadrant = i64x2.add(shifted, i64x2.splat(quarter));
  const isOdd = i64x2.ne(i64x2.shl(quadrant, 63), i64x2.splat(0));
  const sign = i64x2.shl(i64x2.shr_u(quadrant, 1), 63);
  return v128.xor(v128.bitselect(cosine, sine, isOdd), sign);
}

const SINE = memory.data<f64>([
  1.58969099521155010221e-10, -2.50507602534068634195e-8, 2.75573137070700676789e-6, -1.98412698298579493134e-4,
  8.33333333332248946124e-3, 0.5, -1.66666666666666324348e-1,
]);
/** sin(x + y) for |x| <= π/4, y the tail of x, z = x². */
@inline
function smallSine(x: v128, y: v128, z: v128): v128 {
  let r = f64x2.add(f64x2.mul(z, constant(SINE, 0)), constant(SINE, 1));
  r = f64x2.add(f64x2.mul(r, z), constant(SINE, 2));
  r = f64x2.add(f64x2.mul(r, z), constant(SINE, 3));
  r = f64x2.add(f64x2.mul(r, z), constant(SINE, 4));
  const v = f64x2.mul(z, x);
  const inner = f64x2.sub(f64x2.mul(z, f64x2.sub(f64x2.mul(constant(SINE, 5), y), f64x2.mul(v, r))), y);
  return f64x2.sub(x, f64x2.sub(inner, f64x2.mul(v, constant(SINE, 6))));
}

const COSINE = memory.data<f64>([
  -1.13596475577881948265e-11, 2.08757232129817482790e-9, -2.75573143513906633035e-7, 2.48015872894767294178e-5,
  -1.38888888888741095749e-3, 4.16666666666666019037e-2, 1.0, 0.5,
]);
/** cos(x + y), likewise. */
@inline
function smallCosine(x: v128, y: v128, z: v128): v128 {
  let r = f64x2.add(f64x2.mul(z, constant(COSINE, 0)), constant(COSINE, 1));
  r = f64x2.add(f64x2.mul(r, z), constant(COSINE, 2));
  r = f64x2.add(f64x2.mul(r, z), constant(COSINE, 3));
  r = f64x2.add(f64x2.mul(r, z), constant(COSINE, 4));
  r = f64x2.mul(z, f64x2.add(f64x2.mul(r, z), constant(COSINE, 5)));
  const one = constant(COSINE, 6);
  const half = f64x2.mul(constant(COSINE, 7), z);
  const w = f64x2.sub(one, half);
  const tail = f64x2.sub(f64x2.mul(z, r), f64x2.mul(x, y));
  return f64x2.add(w, f64x2.add(f64x2.sub(f64x2.sub(one, w), half), tail));
}
