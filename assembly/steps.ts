// Steps of optimizers in one pass over x, its gradient g and the state. Every operation is rounded to the element type
// and a component depends on its own numbers alone, so the bits are those of a plain loop. `rate` is -γ.

// What a step does beside x ← x + u, as bits of its mode.
/** g ← u */
const KEEP: i32 = 1;
/** Decoupled weight decay: u ← -γ (direction + λ x). */
const DECAY: i32 = 2;
/** Nesterov's look ahead; the greatest v of AMSGrad. */
const VARIANT: i32 = 4;

/** Takes the last components, which do not fill a vector, of up to five arrays. */
const TAIL: usize = memory.data(80, 16);

@inline
function copy<T>(to: usize, from: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += sizeof<T>()) store<T>(to + i, load<T>(from + i));
}

@inline
function apply<T>(x: usize, g: usize, direction: v128, rate: v128, lambda: v128, mode: i32): void {
  const at = v128.load(x);
  if (mode & DECAY) direction = v128.add<T>(direction, v128.mul<T>(lambda, at));
  const u = v128.mul<T>(direction, rate);
  v128.store(x, v128.add<T>(at, u));
  if (mode & KEEP) v128.store(g, u);
}

/** u = -γ g; four vectors a turn, because nothing but memory bounds it. */
@inline
function plain<T>(x: usize, g: usize, bytes: usize, rate: v128, lambda: v128, mode: i32): void {
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
  copy<T>(TAIL, x + i, rest);
  copy<T>(TAIL + 16, g + i, rest);
  apply<T>(TAIL, TAIL + 16, v128.load(TAIL + 16), rate, lambda, mode);
  copy<T>(x + i, TAIL, rest);
  copy<T>(g + i, TAIL + 16, rest);
}

/** A loop without the tests where nothing is asked for. */
@inline
function sgd<T>(x: usize, g: usize, n: i32, rate: T, lambda: T, mode: i32): void {
  const bytes = (<usize>n) * sizeof<T>();
  if (mode == 0) plain<T>(x, g, bytes, v128.splat<T>(rate), v128.splat<T>(lambda), 0);
  else plain<T>(x, g, bytes, v128.splat<T>(rate), v128.splat<T>(lambda), mode);
}

export function sgdStep32(x: usize, g: usize, n: i32, mode: i32, rate: f32, lambda: f32): void {
  sgd<f32>(x, g, n, rate, lambda, mode);
}

export function sgdStep64(x: usize, g: usize, n: i32, mode: i32, rate: f64, lambda: f64): void {
  sgd<f64>(x, g, n, rate, lambda, mode);
}

/** b ← keep b + take g; the direction is b, or g + μ b. */
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
  rate: v128, lambda: v128, keep: v128, take: v128, mu: v128,
): void {
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) momentumVector<T>(x + i, g + i, b + i, mode, rate, lambda, keep, take, mu);
  const rest = bytes - i;
  if (rest == 0) return;
  copy<T>(TAIL, x + i, rest);
  copy<T>(TAIL + 16, g + i, rest);
  copy<T>(TAIL + 32, b + i, rest);
  momentumVector<T>(TAIL, TAIL + 16, TAIL + 32, mode, rate, lambda, keep, take, mu);
  copy<T>(x + i, TAIL, rest);
  copy<T>(g + i, TAIL + 16, rest);
  copy<T>(b + i, TAIL + 32, rest);
}

export function momentumStep32(
  x: usize, g: usize, b: usize, n: i32, mode: i32, rate: f32, lambda: f32, keep: f32, take: f32, mu: f32,
): void {
  momentum<f32>(x, g, b, n, mode, f32x4.splat(rate), f32x4.splat(lambda), f32x4.splat(keep), f32x4.splat(take), f32x4.splat(mu));
}

export function momentumStep64(
  x: usize, g: usize, b: usize, n: i32, mode: i32, rate: f64, lambda: f64, keep: f64, take: f64, mu: f64,
): void {
  momentum<f64>(x, g, b, n, mode, f64x2.splat(rate), f64x2.splat(lambda), f64x2.splat(keep), f64x2.splat(take), f64x2.splat(mu));
}

/** m ← β₂ m + (1 - β₂) g; the direction is sign(β₁ m + (1 - β₁) g), NaN for NaN, and decay always joins. */
@inline
function lionVector<T>(
  x: usize, g: usize, m: usize, mode: i32,
  rate: v128, lambda: v128, b1: v128, take1: v128, b2: v128, take2: v128,
): void {
  const gi = v128.load(g);
  const mi = v128.load(m);
  v128.store(m, v128.add<T>(v128.mul<T>(b2, mi), v128.mul<T>(take2, gi)));
  const c = v128.add<T>(v128.mul<T>(b1, mi), v128.mul<T>(take1, gi));
  const zero = v128.splat<T>(0);
  const one = v128.splat<T>(1);
  const sign = v128.sub<T>(v128.and(v128.gt<T>(c, zero), one), v128.and(v128.lt<T>(c, zero), one));
  apply<T>(x, g, v128.bitselect(sign, c, v128.eq<T>(c, c)), rate, lambda, mode | DECAY);
}

@inline
function lion<T>(
  x: usize, g: usize, m: usize, n: i32, mode: i32,
  rate: v128, lambda: v128, b1: v128, take1: v128, b2: v128, take2: v128,
): void {
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) lionVector<T>(x + i, g + i, m + i, mode, rate, lambda, b1, take1, b2, take2);
  const rest = bytes - i;
  if (rest == 0) return;
  copy<T>(TAIL, x + i, rest);
  copy<T>(TAIL + 16, g + i, rest);
  copy<T>(TAIL + 32, m + i, rest);
  lionVector<T>(TAIL, TAIL + 16, TAIL + 32, mode, rate, lambda, b1, take1, b2, take2);
  copy<T>(x + i, TAIL, rest);
  copy<T>(g + i, TAIL + 16, rest);
  copy<T>(m + i, TAIL + 32, rest);
}

export function lionStep32(
  x: usize, g: usize, m: usize, n: i32, mode: i32, rate: f32, lambda: f32, b1: f32, take1: f32, b2: f32, take2: f32,
): void {
  lion<f32>(x, g, m, n, mode, f32x4.splat(rate), f32x4.splat(lambda), f32x4.splat(b1), f32x4.splat(take1), f32x4.splat(b2), f32x4.splat(take2));
}

export function lionStep64(
  x: usize, g: usize, m: usize, n: i32, mode: i32, rate: f64, lambda: f64, b1: f64, take1: f64, b2: f64, take2: f64,
): void {
  lion<f64>(x, g, m, n, mode, f64x2.splat(rate), f64x2.splat(lambda), f64x2.splat(b1), f64x2.splat(take1), f64x2.splat(b2), f64x2.splat(take2));
}

/** m ← m + (1 - β₁)(g - m), v ← β₂ v + (1 - β₂) g²; the direction is m̂ / (√v̂ + eps), with `max` for v in AMSGrad. */
@inline
function adamVector<T>(
  x: usize, g: usize, m: usize, v: usize, max: usize, mode: i32,
  rate: v128, lambda: v128, take1: v128, beta2: v128, take2: v128, unbias1: v128, unbias2: v128, eps: v128,
): void {
  const gi = v128.load(g);
  const m0 = v128.load(m);
  const mi = v128.add<T>(m0, v128.mul<T>(v128.sub<T>(gi, m0), take1));
  let vi = v128.add<T>(v128.mul<T>(v128.load(v), beta2), v128.mul<T>(v128.mul<T>(take2, gi), gi));
  v128.store(m, mi);
  v128.store(v, vi);
  if (mode & VARIANT) {
    vi = v128.max<T>(v128.load(max), vi);
    v128.store(max, vi);
  }
  const root = v128.add<T>(v128.mul<T>(v128.sqrt<T>(vi), unbias2), eps);
  apply<T>(x, g, v128.div<T>(v128.mul<T>(mi, unbias1), root), rate, lambda, mode);
}

@inline
function adam<T>(
  x: usize, g: usize, m: usize, v: usize, max: usize, n: i32, mode: i32,
  rate: T, lambda: T, take1: T, beta2: T, take2: T, unbias1: T, unbias2: T, eps: T,
): void {
  const r = v128.splat<T>(rate), l = v128.splat<T>(lambda), t1 = v128.splat<T>(take1), b2 = v128.splat<T>(beta2), t2 = v128.splat<T>(take2), u1 = v128.splat<T>(unbias1), u2 = v128.splat<T>(unbias2), e = v128.splat<T>(eps);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) adamVector<T>(x + i, g + i, m + i, v + i, max + i, mode, r, l, t1, b2, t2, u1, u2, e);
  const rest = bytes - i;
  if (rest == 0) return;
  copy<T>(TAIL, x + i, rest);
  copy<T>(TAIL + 16, g + i, rest);
  copy<T>(TAIL + 32, m + i, rest);
  copy<T>(TAIL + 48, v + i, rest);
  copy<T>(TAIL + 64, max + i, rest);
  adamVector<T>(TAIL, TAIL + 16, TAIL + 32, TAIL + 48, TAIL + 64, mode, r, l, t1, b2, t2, u1, u2, e);
  copy<T>(x + i, TAIL, rest);
  copy<T>(g + i, TAIL + 16, rest);
  copy<T>(m + i, TAIL + 32, rest);
  copy<T>(v + i, TAIL + 48, rest);
  if (mode & VARIANT) copy<T>(max + i, TAIL + 64, rest);
}

export function adamStep32(
  x: usize, g: usize, m: usize, v: usize, max: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, take1: f32, beta2: f32, take2: f32, unbias1: f32, unbias2: f32, eps: f32,
): void {
  adam<f32>(x, g, m, v, max, n, mode, rate, lambda, take1, beta2, take2, unbias1, unbias2, eps);
}

export function adamStep64(
  x: usize, g: usize, m: usize, v: usize, max: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, take1: f64, beta2: f64, take2: f64, unbias1: f64, unbias2: f64, eps: f64,
): void {
  adam<f64>(x, g, m, v, max, n, mode, rate, lambda, take1, beta2, take2, unbias1, unbias2, eps);
}
