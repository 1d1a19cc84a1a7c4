// Executes formulas: a list of instructions, each a loop over a block of rows that stays in the cache.
// An instruction is six words: operation and flags, addresses of the result and of two operands, the number of
// elements (0: the rows of the block) and an integer.

import {
  expPair,
  log1pPair,
  logPair,
  sigmoidPair,
  sinePair,
  softplusPair,
  tanhPair,
} from './vector-functions';

const WORDS: usize = 24;

// The operand is one number for all elements; the operand is a column of the data; the result adds to what is there.
const SCALAR_A: i32 = 1 << 8;
const SCALAR_B: i32 = 1 << 9;
const COLUMN_A: i32 = 1 << 10;
const COLUMN_B: i32 = 1 << 11;
const ADDS: i32 = 1 << 12;

// As in src/core/kernels/expression.ts.
const ADD: i32 = 1;
const SUBTRACT: i32 = 2;
const MULTIPLY: i32 = 3;
const DIVIDE: i32 = 4;
const MIN: i32 = 5;
const MAX: i32 = 6;
const GREATER: i32 = 7;
const AT_LEAST: i32 = 8;
const POW: i32 = 9;
const NEGATE: i32 = 16;
const EXP: i32 = 17;
const EXPM1: i32 = 18;
const LOG: i32 = 19;
const LOG1P: i32 = 20;
const SQRT: i32 = 21;
const SIN: i32 = 22;
const COS: i32 = 23;
const TAN: i32 = 24;
const TANH: i32 = 25;
const SINH: i32 = 26;
const COSH: i32 = 27;
const SIGMOID: i32 = 28;
const SOFTPLUS: i32 = 29;
const ABS: i32 = 30;
const SQUARE: i32 = 31;
const SIGN: i32 = 32;
const RECIPROCAL: i32 = 33;
const ERF: i32 = 34;
const INTEGER_POWER: i32 = 35;
const SUM: i32 = 48;
const DOT: i32 = 49;
const CLEAR: i32 = 50;
const PUT: i32 = 51;

/** All instructions over all rows, `block` rows (an even number) at a time. */
export function expressionPass(code: usize, count: i32, rows: i32, block: i32): void {
  for (let first = 0; first < rows; first += block) {
    expressionRun(code, count, (<usize>first) << 3, min(block, rows - first));
  }
}

/** All instructions once; `offset` is that of the block inside the columns, in bytes. */
export function expressionRun(code: usize, count: i32, offset: usize, rows: i32): void {
  for (const end = code + (<usize>count) * WORDS; code < end; code += WORDS) {
    const word = load<i32>(code);
    const out = <usize>load<u32>(code, 4);
    const a = <usize>load<u32>(code, 8) + (word & COLUMN_A ? offset : 0);
    const b = <usize>load<u32>(code, 12) + (word & COLUMN_B ? offset : 0);
    const length = load<i32>(code, 16);
    step(word, out, a, b, length == 0 ? rows : length, load<i32>(code, 20));
  }
}

function step(word: i32, out: usize, a: usize, b: usize, n: i32, k: i32): void {
  switch (word & 255) {
    case ADD:
      return binary(ADD, word, out, a, b, n);
    case SUBTRACT:
      return binary(SUBTRACT, word, out, a, b, n);
    case MULTIPLY:
      return binary(MULTIPLY, word, out, a, b, n);
    case DIVIDE:
      return binary(DIVIDE, word, out, a, b, n);
    case MIN:
      return binary(MIN, word, out, a, b, n);
    case MAX:
      return binary(MAX, word, out, a, b, n);
    case GREATER:
      return binary(GREATER, word, out, a, b, n);
    case AT_LEAST:
      return binary(AT_LEAST, word, out, a, b, n);
    case POW:
      return binary(POW, word, out, a, b, n);
    case NEGATE:
      return unary(NEGATE, word, out, a, n);
    case EXP:
      return unary(EXP, word, out, a, n);
    case EXPM1:
      return unary(EXPM1, word, out, a, n);
    case LOG:
      return unary(LOG, word, out, a, n);
    case LOG1P:
      return unary(LOG1P, word, out, a, n);
    case SQRT:
      return unary(SQRT, word, out, a, n);
    case SIN:
      return unary(SIN, word, out, a, n);
    case COS:
      return unary(COS, word, out, a, n);
    case TAN:
      return unary(TAN, word, out, a, n);
    case TANH:
      return unary(TANH, word, out, a, n);
    case SINH:
      return unary(SINH, word, out, a, n);
    case COSH:
      return unary(COSH, word, out, a, n);
    case SIGMOID:
      return unary(SIGMOID, word, out, a, n);
    case SOFTPLUS:
      return unary(SOFTPLUS, word, out, a, n);
    case ABS:
      return unary(ABS, word, out, a, n);
    case SQUARE:
      return unary(SQUARE, word, out, a, n);
    case SIGN:
      return unary(SIGN, word, out, a, n);
    case RECIPROCAL:
      return unary(RECIPROCAL, word, out, a, n);
    case ERF:
      return unary(ERF, word, out, a, n);
    case INTEGER_POWER:
      return integerPower(word, out, a, n, k);
    case SUM:
      return reduce(SUM, word, out, a, a, n);
    case DOT:
      return reduce(DOT, word, out, a, b, n);
    case CLEAR:
      memory.fill(out, 0, (<usize>n) << 3);
      return;
    case PUT:
      store<f64>(out + ((<usize>k) << 3), load<f64>(a));
      return;
  }
}

/** Whole vectors of two: every array has room for an even number of elements. */
@inline
function binary(op: i32, word: i32, out: usize, a: usize, b: usize, n: i32): void {
  const end = out + ((((<usize>n) + 1) & ~1) << 3);
  const x = v128.load64_splat(a);
  const y = v128.load64_splat(b);
  if (word & SCALAR_A) {
    if (word & SCALAR_B) {
      const z = apply2(op, x, y);
      for (; out < end; out += 16) v128.store(out, z);
    } else for (; out < end; out += 16, b += 16) v128.store(out, apply2(op, x, v128.load(b)));
  } else if (word & SCALAR_B) {
    for (; out < end; out += 16, a += 16) v128.store(out, apply2(op, v128.load(a), y));
  } else {
    for (; out < end; out += 16, a += 16, b += 16) {
      v128.store(out, apply2(op, v128.load(a), v128.load(b)));
    }
  }
}

@inline
function apply2(op: i32, x: v128, y: v128): v128 {
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
function unary(op: i32, word: i32, out: usize, a: usize, n: i32): void {
  const end = out + ((((<usize>n) + 1) & ~1) << 3);
  if (word & SCALAR_A) {
    const z = apply1(op, v128.load64_splat(a));
    for (; out < end; out += 16) v128.store(out, z);
  } else for (; out < end; out += 16, a += 16) v128.store(out, apply1(op, v128.load(a)));
}

@inline
function apply1(op: i32, x: v128): v128 {
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

/** x^k by squaring; a negative power is the reciprocal of the positive one. */
function integerPower(word: i32, out: usize, a: usize, n: i32, k: i32): void {
  const end = out + ((((<usize>n) + 1) & ~1) << 3);
  const stride: usize = word & SCALAR_A ? 0 : 16;
  const one = f64x2.splat(1.0);
  for (; out < end; out += 16, a += stride) {
    let square = stride ? v128.load(a) : v128.load64_splat(a);
    let power = one;
    for (let left = abs(k); ; ) {
      if (left & 1) power = f64x2.mul(power, square);
      left >>= 1;
      if (left == 0) break;
      square = f64x2.mul(square, square);
    }
    v128.store(out, k < 0 ? f64x2.div(one, power) : power);
  }
}

/**
 * Σ a or Σ a b in eight lanes, lane j over elements 8i + j; the lanes are added as ((l0+l4)+(l2+l6)) + ((l1+l5)+(l3+l7)),
 * then come the elements that are left over.
 */
@inline
function reduce(op: i32, word: i32, out: usize, a: usize, b: usize, n: i32): void {
  let s0 = f64x2.splat(0.0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = a + ((<usize>n) << 3);
  const full = a + ((<usize>(n & ~7)) << 3);
  for (; a < full; a += 64, b += 64) {
    s0 = f64x2.add(s0, term(op, a, b));
    s1 = f64x2.add(s1, term(op, a + 16, b + 16));
    s2 = f64x2.add(s2, term(op, a + 32, b + 32));
    s3 = f64x2.add(s3, term(op, a + 48, b + 48));
  }
  const s = f64x2.add(f64x2.add(s0, s2), f64x2.add(s1, s3));
  let sum = f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
  for (; a < end; a += 8, b += 8) sum += op == SUM ? load<f64>(a) : load<f64>(a) * load<f64>(b);
  store<f64>(out, word & ADDS ? load<f64>(out) + sum : sum);
}

@inline
function term(op: i32, a: usize, b: usize): v128 {
  return op == SUM ? v128.load(a) : f64x2.mul(v128.load(a), v128.load(b));
}
