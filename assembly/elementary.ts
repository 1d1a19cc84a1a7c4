// The functions of transcendental.ts over arrays.

import { vectorExp, vectorSigmoid, vectorTanh } from './transcendental';

@inline
function elementwise<T>(out: usize, x: usize, n: i32, f: i32): void {
  const size = sizeof<T>();
  const end = x + (<usize>n) * size;
  const full = x + (((<usize>n) * size) & ~15);
  for (; x < full; x += 16, out += 16) v128.store(out, apply<T>(v128.load(x), f));
  for (; x < end; x += size, out += size) {
    store<T>(out, v128.extract_lane<T>(apply<T>(v128.splat<T>(load<T>(x)), f), 0));
  }
}

@inline
function apply<T>(x: v128, f: i32): v128 {
  return f == 0 ? vectorExp<T>(x) : f == 1 ? vectorTanh<T>(x) : vectorSigmoid<T>(x);
}

/** out ← e^x, n elements. */
export function exps32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, 0);
}

export function exps64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, 0);
}

export function tanhs32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, 1);
}

export function tanhs64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, 1);
}

export function sigmoids32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, 2);
}

export function sigmoids64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, 2);
}
