// Cross-entropies with their gradients. Each element is computed in double and rounded once, and nothing
// that can cancel is subtracted: the gradient of a confident, correct prediction is tiny but not zero.

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

/**
 * With e = e^-|z|: for z >= 0 the gradient is ((1 - y) - y e) / (1 + e) and the loss (1 - y) z + log(1 + e);
 * for z < 0 they are ((1 - y) e - y) / (1 + e) and -y z + log(1 + e).
 */
@inline
function sigmoidRows<T>(z: usize, y: usize, m: i32, factor: f64): f64 {
  let loss: f64 = 0;
  for (let i = 0; i < m; i++) {
    const v = <f64>load<T>(z);
    const t = <f64>load<T>(y);
    const u = 1.0 - t;
    const e = NativeMath.exp(-abs(v));
    const positive = v >= 0;
    const numerator = positive ? u - t * e : u * e - t;
    loss += (positive ? u * v : -t * v) + NativeMath.log1p(e);
    store<T>(z, <T>((numerator / (1.0 + e)) * factor));
    z += sizeof<T>();
    y += sizeof<T>();
  }
  return loss;
}

export function sigmoidCrossEntropy32(z: usize, y: usize, m: i32, factor: f64): f64 {
  return sigmoidRows<f32>(z, y, m, factor);
}

export function sigmoidCrossEntropy64(z: usize, y: usize, m: i32, factor: f64): f64 {
  return sigmoidRows<f64>(z, y, m, factor);
}
