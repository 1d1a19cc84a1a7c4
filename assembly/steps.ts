import { apply, DECAY, enterTail, leaveTail, TAIL_A, TAIL_G, TAIL_X, VARIANT } from './step';

/** u = -γ g; four vectors a turn, because nothing but memory bounds it. */
@inline
function plain<T>(x: usize, g: usize, bytes: usize, mode: i32, rate: v128, lambda: v128): void {
  const full = bytes & ~63;
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < full; i += 64) {
    apply<T>(x + i, g + i, v128.load(g + i), rate, lambda, mode);
    apply<T>(x + i + 16, g + i + 16, v128.load(g + i, 16), rate, lambda, mode);
    apply<T>(x + i + 32, g + i + 32, v128.load(g + i, 32), rate, lambda, mode);
    apply<T>(x + i + 48, g + i + 48, v128.load(g + i, 48), rate, lambda, mode);
  }
  for (; i < vectors; i += 16) apply<T>(x + i, g + i, v128.load(g + i), rate, lambda, mode);
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, g + i, g + i, g + i, rest);
  apply<T>(TAIL_X, TAIL_G, v128.load(TAIL_G), rate, lambda, mode);
  leaveTail<T>(x + i, g + i, g + i, g + i, g + i, rest);
}

/** A loop without the tests where nothing is asked for. */
@inline
function sgd<T>(x: usize, g: usize, n: i32, mode: i32, rate: T, lambda: T): void {
  const bytes = (<usize>n) * sizeof<T>();
  if (mode == 0) plain<T>(x, g, bytes, 0, v128.splat<T>(rate), v128.splat<T>(lambda));
  else plain<T>(x, g, bytes, mode, v128.splat<T>(rate), v128.splat<T>(lambda));
}

export function sgdStep32(x: usize, g: usize, n: i32, mode: i32, rate: f32, lambda: f32): void {
  sgd<f32>(x, g, n, mode, rate, lambda);
}

export function sgdStep64(x: usize, g: usize, n: i32, mode: i32, rate: f64, lambda: f64): void {
  sgd<f64>(x, g, n, mode, rate, lambda);
}

/** b ← keep b + take g; the direction is b, as a variant g + μ b. */
@inline
function momentumVector<T>(
  x: usize, g: usize, b: usize, mode: i32,
  rate: v128, lambda: v128, keep: v128, take: v128, mu: v128,
): void {
  const gi = v128.load(g);
  const bi = v128.add<T>(v128.mul<T>(keep, v128.load(b)), v128.mul<T>(take, gi));
  v128.store(b, bi);
  const direction = mode & VARIANT ? v128.add<T>(gi, v128.mul<T>(mu, bi)) : bi;
  apply<T>(x, g, direction, rate, lambda, mode);
}

@inline
function momentum<T>(
  x: usize, g: usize, b: usize, n: i32, mode: i32,
  rate: T, lambda: T, keep: T, take: T, mu: T,
): void {
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const keeps = v128.splat<T>(keep);
  const takes = v128.splat<T>(take);
  const mus = v128.splat<T>(mu);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    momentumVector<T>(x + i, g + i, b + i, mode, rates, lambdas, keeps, takes, mus);
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, b + i, b + i, b + i, rest);
  momentumVector<T>(TAIL_X, TAIL_G, TAIL_A, mode, rates, lambdas, keeps, takes, mus);
  leaveTail<T>(x + i, g + i, b + i, b + i, b + i, rest);
}

export function momentumStep32(
  x: usize, g: usize, b: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, keep: f32, take: f32, mu: f32,
): void {
  momentum<f32>(x, g, b, n, mode, rate, lambda, keep, take, mu);
}

export function momentumStep64(
  x: usize, g: usize, b: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, keep: f64, take: f64, mu: f64,
): void {
  momentum<f64>(x, g, b, n, mode, rate, lambda, keep, take, mu);
}

/** m ← β₂ m + (1 - β₂) g; the direction is sign(β₁ m + (1 - β₁) g), NaN for NaN, and decay always joins it. */
@inline
function lionVector<T>(
  x: usize, g: usize, m: usize, mode: i32,
  rate: v128, lambda: v128, beta1: v128, take1: v128, beta2: v128, take2: v128,
): void {
  const gi = v128.load(g);
  const mi = v128.load(m);
  v128.store(m, v128.add<T>(v128.mul<T>(beta2, mi), v128.mul<T>(take2, gi)));
  const c = v128.add<T>(v128.mul<T>(beta1, mi), v128.mul<T>(take1, gi));
  const zero = v128.splat<T>(0);
  const one = v128.splat<T>(1);
  const sign = v128.sub<T>(v128.and(v128.gt<T>(c, zero), one), v128.and(v128.lt<T>(c, zero), one));
  apply<T>(x, g, v128.bitselect(sign, c, v128.eq<T>(c, c)), rate, lambda, mode | DECAY);
}

@inline
function lion<T>(
  x: usize, g: usize, m: usize, n: i32, mode: i32,
  rate: T, lambda: T, beta1: T, take1: T, beta2: T, take2: T,
): void {
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const beta1s = v128.splat<T>(beta1);
  const take1s = v128.splat<T>(take1);
  const beta2s = v128.splat<T>(beta2);
  const take2s = v128.splat<T>(take2);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    lionVector<T>(x + i, g + i, m + i, mode, rates, lambdas, beta1s, take1s, beta2s, take2s);
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, m + i, m + i, m + i, rest);
  lionVector<T>(TAIL_X, TAIL_G, TAIL_A, mode, rates, lambdas, beta1s, take1s, beta2s, take2s);
  leaveTail<T>(x + i, g + i, m + i, m + i, m + i, rest);
}

export function lionStep32(
  x: usize, g: usize, m: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, beta1: f32, take1: f32, beta2: f32, take2: f32,
): void {
  lion<f32>(x, g, m, n, mode, rate, lambda, beta1, take1, beta2, take2);
}

export function lionStep64(
  x: usize, g: usize, m: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, beta1: f64, take1: f64, beta2: f64, take2: f64,
): void {
  lion<f64>(x, g, m, n, mode, rate, lambda, beta1, take1, beta2, take2);
}
