// The functions of transcendental.ts and relu over arrays, and the chain rule through them.

import { loadPair, storePair } from './lanes';
import { vectorSigmoid, vectorTanh } from './transcendental';

const TANH: i32 = 0;
const SIGMOID: i32 = 1;
const RELU: i32 = 2;

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
  return f == TANH ? vectorTanh<T>(x) : f == SIGMOID ? vectorSigmoid<T>(x) : v128.max<T>(x, v128.splat<T>(<T>0));
}

/** f'(x) from y = f(x), in double precision. */
@inline
function slope(y: v128, f: i32): v128 {
  const one = f64x2.splat(1.0);
  if (f == TANH) return f64x2.sub(one, f64x2.mul(y, y));
  if (f == SIGMOID) return f64x2.mul(y, f64x2.sub(one, y));
  return v128.and(one, f64x2.gt(y, f64x2.splat(0.0)));
}

/** Two elements as doubles, or one of them twice. */
@inline
function loadDoubles<T>(at: usize, two: bool): v128 {
  if (!two) return f64x2.splat(<f64>load<T>(at));
  return loadPair<T>(at);
}

@inline
function storeDoubles<T>(at: usize, v: v128, two: bool): void {
  if (two) storePair<T>(at, v);
  else store<T>(at, <T>f64x2.extract_lane(v, 0));
}

/** gradient ← (adds ? gradient : 0) + from · f'(x), n elements; rounded once, as it is stored. */
@inline
function chainRule<T>(gradient: usize, from: usize, y: usize, n: i32, adds: i32, f: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  const full = bytes & ~(2 * sizeof<T>() - 1);
  for (let i: usize = 0; i < full; i += 2 * sizeof<T>()) chained<T>(gradient + i, from + i, y + i, adds, f, true);
  if (full < bytes) chained<T>(gradient + full, from + full, y + full, adds, f, false);
}

@inline
function chained<T>(gradient: usize, from: usize, y: usize, adds: i32, f: i32, two: bool): void {
  const before = adds ? loadDoubles<T>(gradient, two) : f64x2.splat(0.0);
  const through = f64x2.mul(loadDoubles<T>(from, two), slope(loadDoubles<T>(y, two), f));
  storeDoubles<T>(gradient, f64x2.add(before, through), two);
}

/** out ← f(x), n elements. */
export function tanhs32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, TANH);
}

export function tanhs64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, TANH);
}

export function sigmoids32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, SIGMOID);
}

export function sigmoids64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, SIGMOID);
}

export function relus32(out: usize, x: usize, n: i32): void {
  elementwise<f32>(out, x, n, RELU);
}

export function relus64(out: usize, x: usize, n: i32): void {
  elementwise<f64>(out, x, n, RELU);
}

export function tanhsChainRule32(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f32>(gradient, from, y, n, adds, TANH);
}

export function tanhsChainRule64(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f64>(gradient, from, y, n, adds, TANH);
}

export function sigmoidsChainRule32(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f32>(gradient, from, y, n, adds, SIGMOID);
}

export function sigmoidsChainRule64(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f64>(gradient, from, y, n, adds, SIGMOID);
}

export function relusChainRule32(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f32>(gradient, from, y, n, adds, RELU);
}

export function relusChainRule64(gradient: usize, from: usize, y: usize, n: i32, adds: i32): void {
  chainRule<f64>(gradient, from, y, n, adds, RELU);
}
