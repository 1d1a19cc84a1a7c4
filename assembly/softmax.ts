// Cross-entropies with their gradients. Each element is computed in double and rounded once, and nothing
// that can cancel is subtracted: the gradient of a confident, correct prediction is tiny but not zero.

import { loadPair, storePair } from './lanes';
import { expPair, log1pPair } from './vector-functions';

/**
 * One row z: with M = max z at j*, s = sum over j != j* of e^(z_j - M), the probabilities are e^(z_j - M) /
 * (1 + s), the loss is log(1 + s) + (M - z_label), and p_label - 1 is -s / (1 + s) when the label is j*.
 */
@inline
function softmaxRow<T>(z: usize, label: i32, n: i32, factor: f64, scratch: usize, cached: i32): f64 {
  let top = <f64>load<T>(z);
  let arg = 0;
  for (let j = 1; j < n; j++) {
    const v = <f64>load<T>(z + (<usize>j) * sizeof<T>());
    if (v > top) {
      top = v;
      arg = j;
    }
  }
  const gap = top - <f64>load<T>(z + (<usize>label) * sizeof<T>());
  let rest: f64 = 0;
  for (let j = 0; j < n; j++) {
    if (j == arg) continue;
    const e = NativeMath.exp(<f64>load<T>(z + (<usize>j) * sizeof<T>()) - top);
    if (j < cached) store<f64>(scratch + ((<usize>j) << 3), e);
    rest += e;
  }
  const sum = 1.0 + rest;
  for (let j = 0; j < n; j++) {
    const at = z + (<usize>j) * sizeof<T>();
    let p: f64;
    if (j == arg) {
      p = j == label ? -rest / sum : 1.0 / sum;
    } else {
      // Beyond the scratch the exponential is computed twice; it has the same bits both times.
      const e = j < cached ? load<f64>(scratch + ((<usize>j) << 3)) : NativeMath.exp(<f64>load<T>(at) - top);
      p = e / sum;
      if (j == label) p -= 1.0;
    }
    store<T>(at, <T>(p * factor));
  }
  return NativeMath.log1p(rest) + gap;
}

@inline
function softmaxRows<T>(
  z: usize, labels: usize, m: i32, n: i32, factor: f64, scratch: usize, cached: i32,
): f64 {
  let loss: f64 = 0;
  for (let i = 0; i < m; i++) {
    loss += softmaxRow<T>(z, load<i32>(labels + ((<usize>i) << 2)), n, factor, scratch, cached);
    z += (<usize>n) * sizeof<T>();
  }
  return loss;
}

/** `cached` is the number of doubles that `scratch` holds. */
export function softmaxCrossEntropy32(
  z: usize, labels: usize, m: i32, n: i32, factor: f64, scratch: usize, cached: i32,
): f64 {
  return softmaxRows<f32>(z, labels, m, n, factor, scratch, cached);
}

export function softmaxCrossEntropy64(
  z: usize, labels: usize, m: i32, n: i32, factor: f64, scratch: usize, cached: i32,
): f64 {
  return softmaxRows<f64>(z, labels, m, n, factor, scratch, cached);
}

/** Rows per lane whose log(1 + e) come from one logarithm. */
const GROUP = 64;

/** (1 - y) - y e for z >= 0, (1 - y) e - y for z < 0. */
@inline
function sigmoidNumerator(z: v128, y: v128, e: v128): v128 {
  const u = f64x2.sub(f64x2.splat(1.0), y);
  const above = f64x2.sub(u, f64x2.mul(y, e));
  const below = f64x2.sub(f64x2.mul(u, e), y);
  return v128.bitselect(above, below, f64x2.ge(z, f64x2.splat(0.0)));
}

/** (1 - y) z for z >= 0, -y z for z < 0. */
@inline
function linearLoss(z: v128, y: v128): v128 {
  const weight = v128.bitselect(f64x2.sub(f64x2.splat(1.0), y), f64x2.neg(y), f64x2.ge(z, f64x2.splat(0.0)));
  return f64x2.mul(weight, z);
}

/**
 * With e = e^-|z| the gradient is the numerator over 1 + e, and the loss its linear part plus log(1 + e). Of those
 * logarithms a group is taken at once: q = (1 + e_1) (1 + e_2) ... - 1 is a sum of positive terms, so that log(1 + q)
 * is their sum to the last digits, however small they are.
 *
 * Two rows at once: lane j has rows j, j + 2, ...; in the end the lanes are added, and the row that is left over.
 *
 * `lanes`, unless 0, is where the lanes go on from, and are left: rows that come in blocks of 2 · GROUP have the sum that
 * they have at once.
 */
@inline
function sigmoidRows<T>(z: usize, y: usize, m: i32, factor: f64, lanes: usize): f64 {
  const one = f64x2.splat(1.0);
  const factors = f64x2.splat(factor);
  let losses = lanes == 0 ? f64x2.splat(0.0) : v128.load(lanes);
  const pairs = m >> 1;
  for (let done = 0; done < pairs; done += GROUP) {
    let q = f64x2.splat(0.0);
    const end = min<i32>(pairs, done + GROUP);
    for (let i = done; i < end; i++) {
      const v = loadPair<T>(z);
      const t = loadPair<T>(y);
      const e = expPair(f64x2.neg(f64x2.abs(v)));
      const sum = f64x2.add(one, e);
      losses = f64x2.add(losses, linearLoss(v, t));
      q = f64x2.add(f64x2.mul(q, sum), e);
      const gradient = f64x2.mul(f64x2.div(sigmoidNumerator(v, t, e), sum), factors);
      storePair<T>(z, gradient);
      z += 2 * sizeof<T>();
      y += 2 * sizeof<T>();
    }
    losses = f64x2.add(losses, log1pPair(q));
  }
  if (lanes != 0) v128.store(lanes, losses);
  const loss = f64x2.extract_lane(losses, 0) + f64x2.extract_lane(losses, 1);
  if ((m & 1) == 0) return loss;
  const v = f64x2.splat(<f64>load<T>(z));
  const t = f64x2.splat(<f64>load<T>(y));
  const e = expPair(f64x2.neg(f64x2.abs(v)));
  const gradient = f64x2.mul(f64x2.div(sigmoidNumerator(v, t, e), f64x2.add(one, e)), factors);
  store<T>(z, <T>f64x2.extract_lane(gradient, 0));
  return loss + f64x2.extract_lane(f64x2.add(linearLoss(v, t), log1pPair(e)), 0);
}

export function sigmoidCrossEntropy32(z: usize, y: usize, m: i32, factor: f64, lanes: usize): f64 {
  return sigmoidRows<f32>(z, y, m, factor, lanes);
}

export function sigmoidCrossEntropy64(z: usize, y: usize, m: i32, factor: f64, lanes: usize): f64 {
  return sigmoidRows<f64>(z, y, m, factor, lanes);
}
