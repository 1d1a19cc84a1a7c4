// Reductions. The order of every sum is part of the contract: it depends on the shape alone.

import { loadPair } from './lanes';

/** Elements that are summed before their sum is rounded into the total. */
const BLOCK: i32 = 8192;

@inline
function sumOfSquares<T>(x: usize, n: i32): f64 {
  if (n <= BLOCK) return blockOfSquares<T>(x, n);
  let sum: f64 = 0;
  for (let from = 0; from < n; from += BLOCK) {
    sum += blockOfSquares<T>(x + (<usize>from) * sizeof<T>(), min(BLOCK, n - from));
  }
  return sum;
}

/**
 * Sum of squares in double, with eight lanes: lane j adds x[8i + j]^2 over the full groups of eight, the total is
 * ((l0+l2)+(l4+l6)) + ((l1+l3)+(l5+l7)), and the tail's own sum is added last.
 */
function blockOfSquares<T>(x: usize, n: i32): f64 {
  const end = x + (<usize>(n & ~7)) * sizeof<T>();
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  for (; x < end; x += 8 * sizeof<T>()) {
    const p = loadPair<T>(x, 0);
    const q = loadPair<T>(x, 2);
    const r = loadPair<T>(x, 4);
    const s = loadPair<T>(x, 6);
    a = f64x2.add(a, f64x2.mul(p, p));
    b = f64x2.add(b, f64x2.mul(q, q));
    c = f64x2.add(c, f64x2.mul(r, r));
    d = f64x2.add(d, f64x2.mul(s, s));
  }
  let tail: f64 = 0;
  for (let i = 0; i < (n & 7); i++) {
    const v = <f64>load<T>(x + (<usize>i) * sizeof<T>());
    tail += v * v;
  }
  if (n < 8) return tail;
  const lanes = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1) + tail;
}

export function sumOfSquares32(x: usize, n: i32): f64 {
  return sumOfSquares<f32>(x, n);
}

export function sumOfSquares64(x: usize, n: i32): f64 {
  return sumOfSquares<f64>(x, n);
}

@inline
function storePair<T>(at: usize, v: v128): void {
  store<T>(at, <T>f64x2.extract_lane(v, 0));
  store<T>(at, <T>f64x2.extract_lane(v, 1), sizeof<T>());
}

/** In double whatever the element type, from the first row to the last; eight columns share one pass. */
@inline
function columnSums<T>(out: usize, x: usize, m: i32, n: i32): void {
  const stride = (<usize>n) * sizeof<T>();
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    let a = f64x2.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let at = x + (<usize>j) * sizeof<T>();
    for (let i = 0; i < m; i++, at += stride) {
      a = f64x2.add(a, loadPair<T>(at, 0));
      b = f64x2.add(b, loadPair<T>(at, 2));
      c = f64x2.add(c, loadPair<T>(at, 4));
      d = f64x2.add(d, loadPair<T>(at, 6));
    }
    const to = out + (<usize>j) * sizeof<T>();
    storePair<T>(to, a);
    storePair<T>(to + 2 * sizeof<T>(), b);
    storePair<T>(to + 4 * sizeof<T>(), c);
    storePair<T>(to + 6 * sizeof<T>(), d);
  }
  for (; j + 2 <= n; j += 2) {
    let a = f64x2.splat(0);
    let at = x + (<usize>j) * sizeof<T>();
    for (let i = 0; i < m; i++, at += stride) a = f64x2.add(a, loadPair<T>(at, 0));
    storePair<T>(out + (<usize>j) * sizeof<T>(), a);
  }
  if (j < n) {
    let sum: f64 = 0;
    let at = x + (<usize>j) * sizeof<T>();
    for (let i = 0; i < m; i++, at += stride) sum += <f64>load<T>(at);
    store<T>(out + (<usize>j) * sizeof<T>(), <T>sum);
  }
}

export function columnSums32(out: usize, x: usize, m: i32, n: i32): void {
  columnSums<f32>(out, x, m, n);
}

export function columnSums64(out: usize, x: usize, m: i32, n: i32): void {
  columnSums<f64>(out, x, m, n);
}

@inline
function countCorrect<T>(logits: usize, labels: usize, m: i32, n: i32): i32 {
  let count = 0;
  for (let i = 0; i < m; i++) {
    // The first of equal maxima wins, and a NaN never does.
    let best = load<T>(logits);
    let arg = 0;
    for (let j = 1; j < n; j++) {
      const v = load<T>(logits + (<usize>j) * sizeof<T>());
      if (v > best) {
        best = v;
        arg = j;
      }
    }
    count += i32(arg == load<i32>(labels + ((<usize>i) << 2)));
    logits += (<usize>n) * sizeof<T>();
  }
  return count;
}

export function countCorrect32(logits: usize, labels: usize, m: i32, n: i32): i32 {
  return countCorrect<f32>(logits, labels, m, n);
}

export function countCorrect64(logits: usize, labels: usize, m: i32, n: i32): i32 {
  return countCorrect<f64>(logits, labels, m, n);
}

/** Whether 0 <= index[i] < bound for every i: what keeps gathers and labels inside their rows. */
export function indicesWithin(index: usize, count: i32, bound: i32): bool {
  for (let i = 0; i < count; i++) {
    if (load<u32>(index + ((<usize>i) << 2)) >= <u32>bound) return false;
  }
  return true;
}
