import { BLOCK, copiedSumOfSquares, MIN_ASKED, MIN_COPIED } from './block.js';
import { exactSum } from './exact-sum.js';
import { heapOf } from './heap.js';
import { maxAbs, type Vector } from './vector.js';
import { math } from './wasm.js';

/**
 * A norm kept as `scale · ratio`.
 *
 * The product may overflow to Infinity or lose its digits below 2.3e-308 while both factors are ordinary
 * numbers, so clipping divides by the factors there and never by the product.
 */
export interface ScaledNorm {
  readonly scale: number;
  readonly ratio: number;
}

/** A double as such a norm, exactly: a power of two, if there is one above every component, times the rest. */
export function split(norm: number): ScaledNorm {
  if (!(norm >= MIN_NORMAL && norm < Infinity)) return { scale: norm, ratio: 1 };
  double[0] = norm;
  words[0] = 0;
  words[1] = (words[1] as number) & 0x7ff00000;
  const scale = Math.min(2 * (double[0] as number), MAX_POWER);
  return { scale, ratio: norm / scale };
}
/** 2^1023 */
const MAX_POWER = 8.98846567431158e307;
const double = new Float64Array(1);
/** Little-endian, as tensors are. */
const words = new Uint32Array(double.buffer);

/** Below this a double has lost digits, so nothing may be multiplied or divided by it. */
export const MIN_NORMAL = 2.2250738585072014e-308;

/** A sum of squares inside this window lost nothing to overflow or underflow. */
const SAFE_MIN = 1e-280;
const SAFE_MAX = 1e300;
// Here under names that are not exported, as in vector.ts.
const squaresOf = sumOfSquares;
const oneNorm = norm2OfOne;
const safe = (sumOfSquares: number): boolean => sumOfSquares >= SAFE_MIN && sumOfSquares <= SAFE_MAX;
export const isSafe = safe;

/**
 * Σ xᵢ² in double precision, in one pass and one order that the length alone decides: blocks of 8192 one after the
 * other; within a block eight interleaved sums over whole groups of eight, combined as in `eights`, then the tail.
 */
export function sumOfSquares(x: Vector): number {
  const n = x.length;
  if (n >= 8) return sumOfBlocks(x, n);
  if (n === 0) return 0;
  // Not 0 + x₀²: in small runs, which wait for this sum, the addition is 1 of 60 ns.
  let sum = x[0] * x[0];
  if (n > 1) sum += x[1] * x[1];
  for (let i = 2; i < n; i++) sum += x[i] * x[i];
  return sum;
}

function sumOfBlocks(x: Vector, n: number): number {
  const heap = n < MIN_ASKED ? null : heapOf(x);
  if (heap !== null) return heap.sumOfSquares(x);
  if (x instanceof Float32Array || (n >= MIN_COPIED && n <= BLOCK)) return copiedSumOfSquares(x);
  let sum = 0;
  for (let from = 0; from < n; from += BLOCK) sum += eights(x, from, Math.min(n, from + BLOCK));
  return sum;
}

/**
 * Σ xᵢ² for from <= i < to. Eight sums hide the latency of the additions, and the loop sees one element type only:
 * 19 GB/s instead of 8 and 12.
 */
function eights(x: Float64Array, from: number, to: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let i = from;
  for (; i + 8 <= to; i += 8) {
    const x0 = x[i] as number;
    const x1 = x[i + 1] as number;
    const x2 = x[i + 2] as number;
    const x3 = x[i + 3] as number;
    const x4 = x[i + 4] as number;
    const x5 = x[i + 5] as number;
    const x6 = x[i + 6] as number;
    const x7 = x[i + 7] as number;
    s0 += x0 * x0;
    s1 += x1 * x1;
    s2 += x2 * x2;
    s3 += x3 * x3;
    s4 += x4 * x4;
    s5 += x5 * x5;
    s6 += x6 * x6;
    s7 += x7 * x7;
  }
  let tail = 0;
  for (; i < to; i++) tail += (x[i] as number) * (x[i] as number);
  return s0 + s2 + (s4 + s6) + (s1 + s3 + (s5 + s7)) + tail;
}

/**
 * ‖x‖₂ of all tensors together, given Σ x² of each; Infinity or 0 where it does not fit a double. Further passes
 * only when the sum left the safe window. The order of the tensors does not matter.
 */
export function euclidean(tensors: readonly Vector[], squares: Float64Array): number {
  const sum = squares.length === 1 ? (squares[0] as number) : exactSum(squares, squares.length);
  if (safe(sum)) return Math.sqrt(sum);
  const { scale, ratio } = scaledNorm(tensors, 2);
  return scale * ratio;
}

let maxima = new Float64Array(16);
let sums = new Float64Array(16);
let terms = new Float64Array(16);

/**
 * ‖x‖_p = M (Σ |xᵢ/M|^p)^{1/p} with M = max |xᵢ|, for any p > 0 and p = Infinity. Dividing by M first keeps the
 * sum between 1 and n, so nothing overflows and the root is taken where it is accurate. Each tensor is divided by its
 * own maximum, so that what it adds does not depend on the others.
 */
export function scaledNorm(tensors: readonly Vector[], p: number): ScaledNorm {
  const n = tensors.length;
  if (n > maxima.length) {
    maxima = new Float64Array(2 * n);
    sums = new Float64Array(2 * n);
  }
  for (let t = 0; t < n; t++) measure(tensors[t] as Vector, p, maxima, sums, t);
  return combine(maxima, sums, n, p);
}

/** maxima[t], sums[t] ← max |xᵢ| and Σ (|xᵢ| / max)^p; for p = 2, 1 and Σ xᵢ² if that lost nothing. */
export function measure(x: Vector, p: number, maxima: Float64Array, sums: Float64Array, t: number): void {
  const squares = p === 2 ? sumOfSquares(x) : 0;
  if (safe(squares)) {
    maxima[t] = 1;
    sums[t] = squares;
    return;
  }
  const max = maxAbs(x);
  maxima[t] = max;
  sums[t] = p === Infinity || max === 0 || !Number.isFinite(max) ? 1 : sumOfPowers(x, max, p);
}

/** ‖x‖_p of n tensors of which `measure` has written maxima and sums, whatever their order. */
export function combine(maxima: Float64Array, sums: Float64Array, n: number, p: number): ScaledNorm {
  let scale = 0;
  for (let t = 0; t < n; t++) {
    const max = maxima[t] as number;
    if (max > scale || Number.isNaN(max)) scale = max;
  }
  if (p === Infinity || scale === 0 || !Number.isFinite(scale)) return { scale, ratio: 1 };
  if (n > terms.length) terms = new Float64Array(2 * n);
  for (let t = 0; t < n; t++) terms[t] = (sums[t] as number) * power((maxima[t] as number) / scale, p);
  const ratio = root(exactSum(terms, n), p);
  // A maximum of 1 stands for whatever is between 1e-140 and 1e150.
  return scale === 1 && p === 2 ? split(ratio) : { scale, ratio };
}

/** ‖x‖_p without scaling: overflows and underflows where a power does. */
export const naiveNorm = (x: Vector, p: number): number =>
  p === Infinity ? maxAbs(x) : p === 2 ? Math.sqrt(sumOfSquares(x)) : root(sumOfPowers(x, 1, p), p);
const power = (r: number, p: number): number =>
  p === 2 ? r * r : p === 1 || r === 0 || r === 1 ? r : p === 3 ? r * r * r : math.pow(r, p);

function sumOfPowers(x: Vector, scale: number, p: number): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const r = Math.abs(x[i] / scale);
    if (p === 2) sum += r * r;
    else if (p === 1) sum += r;
    else if (p === 3) sum += r * r * r;
    else if (r !== 0) sum += math.pow(r, p);
  }
  return sum;
}

const root = (sum: number, p: number): number =>
  p === 2 ? Math.sqrt(sum) : p === 1 ? sum : math.pow(sum, 1 / p);

/** √(Σ xᵢ² / n), 0 for an empty vector. */
export function rms(x: Vector): number {
  if (x.length === 0) return 0;
  const sum = sumOfSquares(x);
  if (safe(sum)) return Math.sqrt(sum / x.length);
  const { scale, ratio } = scaledNorm([x], 2);
  return scale * (ratio / Math.sqrt(x.length));
}

/** ‖x‖₂ of all tensors together; overwrites `squares` with Σ x² of each. */
export function norm2(tensors: readonly Vector[], squares: Float64Array): number {
  if (tensors.length === 1) return oneNorm(tensors[0] as Vector, squares);
  for (let t = 0; t < tensors.length; t++) squares[t] = sumOfSquares(tensors[t] as Vector);
  return euclidean(tensors, squares);
}

/** The same of one tensor, which small runs do not look for in a list. */
export function norm2OfOne(x: Vector, squares: Float64Array): number {
  // The sum stays in a register: 4 of the 60 ns that an iteration of a small problem takes.
  const sum = squaresOf(x);
  squares[0] = sum;
  return safe(sum) ? Math.sqrt(sum) : euclidean([x], squares);
}

/** ‖x‖₂ of one vector. */
export function length(x: Vector): number {
  const sum = sumOfSquares(x);
  if (safe(sum)) return Math.sqrt(sum);
  const { scale, ratio } = scaledNorm([x], 2);
  return scale * ratio;
}
