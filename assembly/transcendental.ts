// exp, tanh and the sigmoid of a whole vector, inlined into the loops that need them. Every one takes e^-|x| <= 1
// or less, so nothing overflows, and a NaN stays one. Against correctly rounded values: at most 2 ulp.

/** 1.5 · 2^23 and 1.5 · 2^52: adding them leaves the nearest integer in the low bits. */
const SHIFT32: f32 = 12582912.0;
const SHIFT64: f64 = 6755399441055744.0;

/** 2^k as the product of two powers, so that results below the normal numbers are rounded once. */
@inline
function scaleByPower32(y: v128, k: v128): v128 {
  const half = i32x4.shr_s(k, 1);
  const bias = i32x4.splat(127);
  const low = i32x4.shl(i32x4.add(half, bias), 23);
  const high = i32x4.shl(i32x4.add(i32x4.sub(k, half), bias), 23);
  return f32x4.mul(f32x4.mul(y, low), high);
}

@inline
function scaleByPower64(y: v128, k: v128): v128 {
  const half = i64x2.shr_s(k, 1);
  const bias = i64x2.splat(1023);
  const low = i64x2.shl(i64x2.add(half, bias), 52);
  const high = i64x2.shl(i64x2.add(i64x2.sub(k, half), bias), 52);
  return f64x2.mul(f64x2.mul(y, low), high);
}

/** e^x: x = k ln 2 + r, and the polynomial of Cephes (Moshier 1992) for e^r. */
@inline
function exp32(x: v128): v128 {
  const within = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89.0)), f32x4.splat(-104.0));
  const shift = f32x4.splat(SHIFT32);
  const shifted = f32x4.add(f32x4.mul(within, f32x4.splat(1.44269504088896341)), shift);
  const k = f32x4.sub(shifted, shift);
  let r = f32x4.sub(within, f32x4.mul(k, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(k, f32x4.splat(2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(r, f32x4.splat(1.9875691500e-4)), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1.0));
  return scaleByPower32(y, i32x4.sub(shifted, shift));
}

/** e^x by the rational function of fdlibm: c = r - r² P(r²), e^r = 1 + (r c / (2 - c) - low + high). */
@inline
function exp64(x: v128): v128 {
  const within = f64x2.pmax(f64x2.pmin(x, f64x2.splat(710.0)), f64x2.splat(-746.0));
  const shift = f64x2.splat(SHIFT64);
  const shifted = f64x2.add(f64x2.mul(within, f64x2.splat(1.44269504088896338700)), shift);
  const k = f64x2.sub(shifted, shift);
  const high = f64x2.sub(within, f64x2.mul(k, f64x2.splat(6.93147180369123816490e-1)));
  const low = f64x2.mul(k, f64x2.splat(1.90821492927058770002e-10));
  const r = f64x2.sub(high, low);
  const s = f64x2.mul(r, r);
  let p = f64x2.add(f64x2.mul(s, f64x2.splat(4.13813679705723846039e-8)), f64x2.splat(-1.65339022054652515390e-6));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(6.61375632143793436117e-5));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(-2.77777777770155933842e-3));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(1.66666666666666019037e-1));
  const c = f64x2.sub(r, f64x2.mul(s, p));
  const quotient = f64x2.div(f64x2.mul(r, c), f64x2.sub(f64x2.splat(2.0), c));
  const y = f64x2.add(f64x2.splat(1.0), f64x2.add(f64x2.sub(quotient, low), high));
  return scaleByPower64(y, i64x2.sub(shifted, shift));
}

@inline
export function vectorExp<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? exp32(x) : exp64(x);
}

/** 1 / (1 + e^-x) = (x < 0 ? e : 1) / (1 + e) with e = e^-|x|. */
@inline
export function vectorSigmoid<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const e = vectorExp<T>(v128.neg<T>(v128.abs<T>(x)));
  const top = v128.bitselect(e, one, v128.lt<T>(x, v128.splat<T>(<T>0)));
  return v128.div<T>(top, v128.add<T>(one, e));
}

/** x, and 0 where tanh x is x and x² would be subnormal, which costs some processors as much as a hundred others. */
@inline
function curved<T>(x: v128, size: v128): v128 {
  return v128.andnot(x, v128.lt<T>(size, v128.splat<T>(<T>1e-10)));
}

/** x + y s P(s), s = y², y = `curved`; Cephes, |x| < 0.625. */
@inline
function smallTanh32(x: v128, y: v128): v128 {
  const s = f32x4.mul(y, y);
  let p = f32x4.add(f32x4.mul(s, f32x4.splat(-5.70498872745e-3)), f32x4.splat(2.06390887954e-2));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-5.37397155531e-2));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(1.33314422036e-1));
  p = f32x4.add(f32x4.mul(p, s), f32x4.splat(-3.33332819422e-1));
  return f32x4.add(f32x4.mul(f32x4.mul(p, s), y), x);
}

/** x + y s P(s) / Q(s), s = y², y = `curved`; Cephes, |x| < 0.625. */
@inline
function smallTanh64(x: v128, y: v128): v128 {
  const s = f64x2.mul(y, y);
  let p = f64x2.add(f64x2.mul(s, f64x2.splat(-9.64399179425052238628e-1)), f64x2.splat(-9.92877231001918586564e1));
  p = f64x2.add(f64x2.mul(p, s), f64x2.splat(-1.61468768441708447952e3));
  let q = f64x2.add(s, f64x2.splat(1.12811678491632931402e2));
  q = f64x2.add(f64x2.mul(q, s), f64x2.splat(2.23548839060100448583e3));
  q = f64x2.add(f64x2.mul(q, s), f64x2.splat(4.84406305325125486048e3));
  return f64x2.add(f64x2.mul(f64x2.mul(f64x2.div(p, q), s), y), x);
}

/** (1 - e) / (1 + e) with e = e^-2|x| and the sign of x; near zero, where that cancels, another formula. */
@inline
export function vectorTanh<T>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const size = v128.abs<T>(x);
  // Beyond 20 it is 1, and e would become subnormal.
  const within = v128.pmin<T>(size, v128.splat<T>(<T>20));
  const e = vectorExp<T>(v128.mul<T>(within, v128.splat<T>(<T>-2)));
  const large = v128.div<T>(v128.sub<T>(one, e), v128.add<T>(one, e));
  const y = curved<T>(x, size);
  const small = sizeof<T>() == 4 ? smallTanh32(x, y) : smallTanh64(x, y);
  const signless = v128.bitselect(small, large, v128.lt<T>(size, v128.splat<T>(<T>0.625)));
  return v128.or(signless, v128.and(x, v128.splat<T>(<T>-0.0)));
}
