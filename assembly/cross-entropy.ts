// Softmax cross-entropy of many classes, with the exponentials of whole vectors. Nothing that can cancel is subtracted:
// the gradient of a confident, correct prediction is tiny but not zero.

import { vectorExp } from './transcendental';

@inline
function maximum<T>(z: usize, n: i32, full: i32): T {
  const size = sizeof<T>();
  let top = load<T>(z);
  let i = 0;
  if (full > 0) {
    let m = v128.load(z);
    for (i = 16 / <i32>size; i < full; i += 16 / <i32>size) {
      m = v128.max<T>(m, v128.load(z + (<usize>i) * size));
    }
    top = max(v128.extract_lane<T>(m, 0), v128.extract_lane<T>(m, 1));
    if (sizeof<T>() == 4) top = max(top, max(v128.extract_lane<T>(m, 2), v128.extract_lane<T>(m, 3)));
  }
  for (; i < n; i++) top = max(top, load<T>(z + (<usize>i) * size));
  return top;
}

/** Σ x in double: lanes as they lie, the halves of a vector of singles apart, then what is left over. */
@inline
function sum<T>(x: usize, n: i32, full: i32): f64 {
  const size = sizeof<T>();
  let a = f64x2.splat(0);
  let b = a;
  let i = 0;
  for (; i < full; i += 16 / <i32>size) {
    const v = v128.load(x + (<usize>i) * size);
    if (sizeof<T>() == 4) {
      a = f64x2.add(a, f64x2.promote_low_f32x4(v));
      b = f64x2.add(b, f64x2.promote_low_f32x4(i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)));
    } else {
      a = f64x2.add(a, v);
    }
  }
  a = f64x2.add(a, b);
  let total = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
  for (; i < n; i++) total += <f64>load<T>(x + (<usize>i) * size);
  return total;
}

/**
 * One row z: with M = max z at j*, s = sum over j != j* of e^(z_j - M), the probabilities are e^(z_j - M) /
 * (1 + s), the loss is log(1 + s) + (M - z_label), and p_label - 1 is -s / (1 + s) when the label is j*.
 */
@inline
function row<T>(out: usize, z: usize, label: i32, n: i32, factor: f64): f64 {
  const size = sizeof<T>();
  const lanes = 16 / <i32>size;
  const full = n & ~(lanes - 1);
  const top = maximum<T>(z, n, full);
  let arg = 0;
  while (arg < n - 1 && load<T>(z + (<usize>arg) * size) != top) arg++;
  const gap = <f64>top - <f64>load<T>(z + (<usize>label) * size);
  const tops = v128.splat<T>(top);
  let j = 0;
  for (; j < full; j += lanes) {
    const at = (<usize>j) * size;
    v128.store(out + at, vectorExp<T>(v128.sub<T>(v128.load(z + at), tops)));
  }
  for (; j < n; j++) {
    const at = (<usize>j) * size;
    const e = vectorExp<T>(v128.splat<T>(load<T>(z + at) - top));
    store<T>(out + at, v128.extract_lane<T>(e, 0));
  }
  store<T>(out + (<usize>arg) * size, <T>0);
  const rest = sum<T>(out, n, full);
  const total = 1.0 + rest;
  const scale = factor / total;
  const ofLabel = <f64>load<T>(out + (<usize>label) * size);
  const scales = v128.splat<T>(<T>scale);
  for (j = 0; j < full; j += lanes) {
    const at = out + (<usize>j) * size;
    v128.store(at, v128.mul<T>(v128.load(at), scales));
  }
  for (; j < n; j++) {
    const at = out + (<usize>j) * size;
    store<T>(at, load<T>(at) * <T>scale);
  }
  store<T>(out + (<usize>arg) * size, <T>scale);
  const slope = label == arg ? -rest / total : ofLabel / total - 1.0;
  store<T>(out + (<usize>label) * size, <T>(slope * factor));
  return NativeMath.log1p(rest) + gap;
}

@inline
function rows<T>(out: usize, z: usize, labels: usize, m: i32, n: i32, factor: f64): f64 {
  const bytes = (<usize>n) * sizeof<T>();
  let loss: f64 = 0;
  for (let i = 0; i < m; i++, out += bytes, z += bytes) {
    loss += row<T>(out, z, load<i32>(labels + ((<usize>i) << 2)), n, factor);
  }
  return loss;
}

/** out (m x n) = (softmax(z) - onehot(label)) · factor; returns Σ -log p[label], not scaled. */
export function crossEntropy32(out: usize, z: usize, labels: usize, m: i32, n: i32, factor: f64): f64 {
  return rows<f32>(out, z, labels, m, n, factor);
}

export function crossEntropy64(out: usize, z: usize, labels: usize, m: i32, n: i32, factor: f64): f64 {
  return rows<f64>(out, z, labels, m, n, factor);
}
