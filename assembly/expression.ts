// Executes formulas: a list of instructions, each a loop over a block of rows that stays in the cache.
// An instruction is six words: operation and flags, addresses of the result and of two operands, the number of
// elements (0: the rows of the block) and an integer.

import {
  ABS,
  ADD,
  AT_LEAST,
  CLEAR,
  COS,
  COSH,
  DIVIDE,
  DOT,
  ERF,
  EXP,
  EXPM1,
  GREATER,
  INTEGER_POWER,
  LOG,
  LOG1P,
  MAX,
  MIN,
  MULTIPLY,
  NEGATE,
  POW,
  PUT,
  RECIPROCAL,
  SIGMOID,
  SIGN,
  SIN,
  SINH,
  SOFTPLUS,
  SQRT,
  SQUARE,
  SUBTRACT,
  SUM,
  TAN,
  TANH,
} from './expression-codes';
import { apply1, apply2 } from './expression-functions';

const WORDS: usize = 24;

// The operand is one number for all elements; the operand is a column of the data; the result adds to what is there.
const SCALAR_A: i32 = 1 << 8;
const SCALAR_B: i32 = 1 << 9;
const COLUMN_A: i32 = 1 << 10;
const COLUMN_B: i32 = 1 << 11;
const ADDS: i32 = 1 << 12;

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
function unary(op: i32, word: i32, out: usize, a: usize, n: i32): void {
  const end = out + ((((<usize>n) + 1) & ~1) << 3);
  if (word & SCALAR_A) {
    const z = apply1(op, v128.load64_splat(a));
    for (; out < end; out += 16) v128.store(out, z);
  } else for (; out < end; out += 16, a += 16) v128.store(out, apply1(op, v128.load(a)));
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
