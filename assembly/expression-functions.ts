// What the operations of formulas do with two doubles at once.

import {
  ABS,
  ADD,
  AT_LEAST,
  COS,
  COSH,
  DIVIDE,
  EXP,
  EXPM1,
  GREATER,
  LOG,
  LOG1P,
  MAX,
  MIN,
  MULTIPLY,
  NEGATE,
  RECIPROCAL,
  SIGMOID,
  SIGN,
  SIN,
  SINH,
  SOFTPLUS,
  SQRT,
  SQUARE,
  SUBTRACT,
  TAN,
  TANH,
} from './expression-codes';
import {
  expPair,
  log1pPair,
  logPair,
  sigmoidPair,
  sinePair,
  softplusPair,
  tanhPair,
} from './vector-functions';

@inline
export function apply2(op: i32, x: v128, y: v128): v128 {
  if (op == ADD) return f64x2.add(x, y);
  if (op == SUBTRACT) return f64x2.sub(x, y);
  if (op == MULTIPLY) return f64x2.mul(x, y);
  if (op == DIVIDE) return f64x2.div(x, y);
  if (op == MIN) return f64x2.min(x, y);
  if (op == MAX) return f64x2.max(x, y);
  if (op == GREATER) return v128.and(f64x2.gt(x, y), f64x2.splat(1.0));
  if (op == AT_LEAST) return v128.and(f64x2.ge(x, y), f64x2.splat(1.0));
  return f64x2.replace_lane(
    f64x2.splat(NativeMath.pow(f64x2.extract_lane(x, 0), f64x2.extract_lane(y, 0))),
    1,
    NativeMath.pow(f64x2.extract_lane(x, 1), f64x2.extract_lane(y, 1)),
  );
}

@inline
export function apply1(op: i32, x: v128): v128 {
  if (op == NEGATE) return f64x2.neg(x);
  if (op == EXP) return expPair(x);
  if (op == LOG) return logPair(x);
  if (op == LOG1P) return log1pPair(x);
  if (op == SQRT) return f64x2.sqrt(x);
  if (op == SIN) return trigonometric(x, 0);
  if (op == COS) return trigonometric(x, 1);
  if (op == TANH) return tanhPair(x);
  if (op == SIGMOID) return sigmoidPair(x);
  if (op == SOFTPLUS) return softplusPair(x);
  if (op == ABS) return f64x2.abs(x);
  if (op == SQUARE) return f64x2.mul(x, x);
  if (op == SIGN) {
    const zero = f64x2.splat(0.0);
    const one = f64x2.splat(1.0);
    return f64x2.sub(v128.and(f64x2.gt(x, zero), one), v128.and(f64x2.lt(x, zero), one));
  }
  if (op == RECIPROCAL) {
    const zero = f64x2.splat(0.0);
    return v128.bitselect(zero, f64x2.div(f64x2.splat(1.0), x), f64x2.eq(x, zero));
  }
  return f64x2.replace_lane(
    f64x2.splat(applyScalar(op, f64x2.extract_lane(x, 0))),
    1,
    applyScalar(op, f64x2.extract_lane(x, 1)),
  );
}

@inline
function applyScalar(op: i32, x: f64): f64 {
  if (op == EXPM1) return NativeMath.expm1(x);
  if (op == TAN) return NativeMath.tan(x);
  if (op == SINH) return NativeMath.sinh(x);
  if (op == COSH) return NativeMath.cosh(x);
  return erf(x);
}

/**
 * For |x| < 2 the series 2/√π e^{-x²} Σ 2ᵏ x^{2k+1} / (1·3···(2k+1)), whose terms are all positive, else 1 - e^{-x²}/√π
 * times a continued fraction (Abramowitz and Stegun 7.1.6, 7.1.14).
 */
function erf(x: f64): f64 {
  const size = abs(x);
  if (!(size < 6)) return x != x ? x : copysign<f64>(1, x);
  const decay = NativeMath.exp(-size * size);
  let y: f64;
  if (size < 2) {
    let term = size;
    y = size;
    for (let k = 1; term > y * 1e-17; k++) {
      term *= (2 * size * size) / (2 * k + 1);
      y += term;
    }
    y *= 1.1283791670955126 * decay;
  } else {
    y = size;
    for (let k = 60; k >= 1; k--) y = size + (0.5 * k) / y;
    y = 1 - (0.5641895835477563 / y) * decay;
  }
  return copysign<f64>(y, x);
}

/** Far from zero the reduction needs more digits of π than fit here. */
@inline
function trigonometric(x: v128, quarter: i64): v128 {
  if (v128.any_true(f64x2.gt(f64x2.abs(x), f64x2.splat(1e6)))) return farSine(x, quarter);
  return sinePair(x, quarter);
}

function farSine(x: v128, quarter: i64): v128 {
  const near = sinePair(x, quarter);
  const first = f64x2.extract_lane(x, 0);
  const second = f64x2.extract_lane(x, 1);
  let y = near;
  if (!(abs(first) <= 1e6)) y = f64x2.replace_lane(y, 0, quarter ? NativeMath.cos(first) : NativeMath.sin(first));
  if (!(abs(second) <= 1e6)) y = f64x2.replace_lane(y, 1, quarter ? NativeMath.cos(second) : NativeMath.sin(second));
  return y;
}
