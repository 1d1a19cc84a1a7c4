// Elementary functions in f64 arithmetic only (ports of musl and of the ARM optimized routines), so their
// bits do not depend on the engine or on the machine's libm.

export function exp(x: f64): f64 {
  return NativeMath.exp(x);
}

export function expm1(x: f64): f64 {
  return NativeMath.expm1(x);
}

export function log(x: f64): f64 {
  return NativeMath.log(x);
}

export function log1p(x: f64): f64 {
  return NativeMath.log1p(x);
}

export function tanh(x: f64): f64 {
  return NativeMath.tanh(x);
}

export function sinh(x: f64): f64 {
  return NativeMath.sinh(x);
}

export function cosh(x: f64): f64 {
  return NativeMath.cosh(x);
}

export function pow(x: f64, y: f64): f64 {
  return NativeMath.pow(x, y);
}

export function sin(x: f64): f64 {
  return NativeMath.sin(x);
}

export function cos(x: f64): f64 {
  return NativeMath.cos(x);
}

/** 1 / (1 + e^-x); the exponential's argument is never positive, so nothing overflows. */
export function sigmoid(x: f64): f64 {
  const e = NativeMath.exp(-abs(x));
  return (x < 0 ? e : 1.0) / (1.0 + e);
}

/** log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
export function softplus(x: f64): f64 {
  return max<f64>(x, 0) + NativeMath.log1p(NativeMath.exp(-abs(x)));
}
