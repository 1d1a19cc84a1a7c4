import {
  apply, CORRECTED, enterTail, leaveTail, TAIL_A, TAIL_B, TAIL_C, TAIL_G, TAIL_X, VARIANT,
} from './step';

/** m + (1 - β) (g - m) */
@inline
function mean<T>(m: v128, g: v128, take: v128): v128 {
  return v128.add<T>(m, v128.mul<T>(v128.sub<T>(g, m), take));
}

/** β v + (1 - β) g² */
@inline
function meanSquare<T>(v: v128, g: v128, beta: v128, take: v128): v128 {
  return v128.add<T>(v128.mul<T>(v, beta), v128.mul<T>(v128.mul<T>(take, g), g));
}

/** The direction is m̂ / (√v̂ + eps), as a variant with the greatest v so far. */
@inline
function adamVector<T>(
  x: usize, g: usize, m: usize, v: usize, max: usize, mode: i32,
  rate: v128, lambda: v128, take1: v128, beta2: v128, take2: v128, unbias1: v128, unbias2: v128, eps: v128,
): void {
  const gi = v128.load(g);
  const mi = mean<T>(v128.load(m), gi, take1);
  let vi = meanSquare<T>(v128.load(v), gi, beta2, take2);
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
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const take1s = v128.splat<T>(take1);
  const beta2s = v128.splat<T>(beta2);
  const take2s = v128.splat<T>(take2);
  const unbias1s = v128.splat<T>(unbias1);
  const unbias2s = v128.splat<T>(unbias2);
  const epss = v128.splat<T>(eps);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    adamVector<T>(
      x + i, g + i, m + i, v + i, max + i, mode, rates, lambdas, take1s, beta2s, take2s, unbias1s, unbias2s,
      epss,
    );
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, m + i, v + i, max + i, rest);
  adamVector<T>(
    TAIL_X, TAIL_G, TAIL_A, TAIL_B, TAIL_C, mode, rates, lambdas, take1s, beta2s, take2s, unbias1s, unbias2s,
    epss,
  );
  leaveTail<T>(x + i, g + i, m + i, v + i, max + i, rest);
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

/** d = ofMoment m + ofGradient g; the direction is d, as a variant d rectifier / (√(v / correction + epsRoot) + eps). */
@inline
function lookAheadVector<T>(
  x: usize, g: usize, m: usize, v: usize, mode: i32,
  rate: v128, lambda: v128, take1: v128, beta2: v128, take2: v128, ofMoment: v128, ofGradient: v128,
  rectifier: v128, correction: v128, epsRoot: v128, eps: v128,
): void {
  const gi = v128.load(g);
  const mi = mean<T>(v128.load(m), gi, take1);
  const vi = meanSquare<T>(v128.load(v), gi, beta2, take2);
  v128.store(m, mi);
  v128.store(v, vi);
  let direction = v128.add<T>(v128.mul<T>(ofMoment, mi), v128.mul<T>(ofGradient, gi));
  if (mode & VARIANT) {
    const root = v128.sqrt<T>(v128.add<T>(v128.div<T>(vi, correction), epsRoot));
    direction = v128.div<T>(v128.mul<T>(direction, rectifier), v128.add<T>(root, eps));
  }
  apply<T>(x, g, direction, rate, lambda, mode);
}

@inline
function lookAhead<T>(
  x: usize, g: usize, m: usize, v: usize, n: i32, mode: i32,
  rate: T, lambda: T, take1: T, beta2: T, take2: T, ofMoment: T, ofGradient: T, rectifier: T, correction: T,
  epsRoot: T, eps: T,
): void {
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const take1s = v128.splat<T>(take1);
  const beta2s = v128.splat<T>(beta2);
  const take2s = v128.splat<T>(take2);
  const ofMoments = v128.splat<T>(ofMoment);
  const ofGradients = v128.splat<T>(ofGradient);
  const rectifiers = v128.splat<T>(rectifier);
  const corrections = v128.splat<T>(correction);
  const epsRoots = v128.splat<T>(epsRoot);
  const epss = v128.splat<T>(eps);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    lookAheadVector<T>(
      x + i, g + i, m + i, v + i, mode, rates, lambdas, take1s, beta2s, take2s, ofMoments, ofGradients,
      rectifiers, corrections, epsRoots, epss,
    );
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, m + i, v + i, v + i, rest);
  lookAheadVector<T>(
    TAIL_X, TAIL_G, TAIL_A, TAIL_B, mode, rates, lambdas, take1s, beta2s, take2s, ofMoments, ofGradients,
    rectifiers, corrections, epsRoots, epss,
  );
  leaveTail<T>(x + i, g + i, m + i, v + i, v + i, rest);
}

export function lookAheadStep32(
  x: usize, g: usize, m: usize, v: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, take1: f32, beta2: f32, take2: f32, ofMoment: f32, ofGradient: f32, rectifier: f32,
  correction: f32, epsRoot: f32, eps: f32,
): void {
  lookAhead<f32>(
    x, g, m, v, n, mode, rate, lambda, take1, beta2, take2, ofMoment, ofGradient, rectifier, correction,
    epsRoot, eps,
  );
}

export function lookAheadStep64(
  x: usize, g: usize, m: usize, v: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, take1: f64, beta2: f64, take2: f64, ofMoment: f64, ofGradient: f64, rectifier: f64,
  correction: f64, epsRoot: f64, eps: f64,
): void {
  lookAhead<f64>(
    x, g, m, v, n, mode, rate, lambda, take1, beta2, take2, ofMoment, ofGradient, rectifier, correction,
    epsRoot, eps,
  );
}

/** The direction is factor g / (√(v / correction + inside) + outside), as a variant 0 where v is 0. */
@inline
function rootVector<T>(
  x: usize, g: usize, v: usize, mode: i32,
  rate: v128, lambda: v128, beta: v128, take: v128, factor: v128, correction: v128, inside: v128,
  outside: v128,
): void {
  const gi = v128.load(g);
  const vi = meanSquare<T>(v128.load(v), gi, beta, take);
  v128.store(v, vi);
  const corrected = mode & CORRECTED ? v128.div<T>(vi, correction) : vi;
  const root = v128.add<T>(v128.sqrt<T>(v128.add<T>(corrected, inside)), outside);
  let direction = v128.div<T>(v128.mul<T>(factor, gi), root);
  if (mode & VARIANT) direction = v128.andnot(direction, v128.eq<T>(vi, v128.splat<T>(0)));
  apply<T>(x, g, direction, rate, lambda, mode);
}

@inline
function root<T>(
  x: usize, g: usize, v: usize, n: i32, mode: i32,
  rate: T, lambda: T, beta: T, take: T, factor: T, correction: T, inside: T, outside: T,
): void {
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const betas = v128.splat<T>(beta);
  const takes = v128.splat<T>(take);
  const factors = v128.splat<T>(factor);
  const corrections = v128.splat<T>(correction);
  const insides = v128.splat<T>(inside);
  const outsides = v128.splat<T>(outside);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    rootVector<T>(
      x + i, g + i, v + i, mode, rates, lambdas, betas, takes, factors, corrections, insides, outsides,
    );
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, v + i, v + i, v + i, rest);
  rootVector<T>(
    TAIL_X, TAIL_G, TAIL_A, mode, rates, lambdas, betas, takes, factors, corrections, insides, outsides,
  );
  leaveTail<T>(x + i, g + i, v + i, v + i, v + i, rest);
}

export function rootStep32(
  x: usize, g: usize, v: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, beta: f32, take: f32, factor: f32, correction: f32, inside: f32, outside: f32,
): void {
  root<f32>(x, g, v, n, mode, rate, lambda, beta, take, factor, correction, inside, outside);
}

export function rootStep64(
  x: usize, g: usize, v: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, beta: f64, take: f64, factor: f64, correction: f64, inside: f64, outside: f64,
): void {
  root<f64>(x, g, v, n, mode, rate, lambda, beta, take, factor, correction, inside, outside);
}

/** u ← max(β₂ u, |g| + eps); the direction is m̂ / u. */
@inline
function adamaxVector<T>(
  x: usize, g: usize, m: usize, u: usize, mode: i32,
  rate: v128, lambda: v128, take1: v128, beta2: v128, eps: v128, correction: v128,
): void {
  const gi = v128.load(g);
  const mi = mean<T>(v128.load(m), gi, take1);
  const ui = v128.max<T>(v128.mul<T>(beta2, v128.load(u)), v128.add<T>(v128.abs<T>(gi), eps));
  v128.store(m, mi);
  v128.store(u, ui);
  apply<T>(x, g, v128.div<T>(v128.div<T>(mi, correction), ui), rate, lambda, mode);
}

@inline
function adamax<T>(
  x: usize, g: usize, m: usize, u: usize, n: i32, mode: i32,
  rate: T, lambda: T, take1: T, beta2: T, eps: T, correction: T,
): void {
  const rates = v128.splat<T>(rate);
  const lambdas = v128.splat<T>(lambda);
  const take1s = v128.splat<T>(take1);
  const beta2s = v128.splat<T>(beta2);
  const epss = v128.splat<T>(eps);
  const corrections = v128.splat<T>(correction);
  const bytes = (<usize>n) * sizeof<T>();
  const vectors = bytes & ~15;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    adamaxVector<T>(x + i, g + i, m + i, u + i, mode, rates, lambdas, take1s, beta2s, epss, corrections);
  }
  const rest = bytes - i;
  if (rest == 0) return;
  enterTail<T>(x + i, g + i, m + i, u + i, u + i, rest);
  adamaxVector<T>(TAIL_X, TAIL_G, TAIL_A, TAIL_B, mode, rates, lambdas, take1s, beta2s, epss, corrections);
  leaveTail<T>(x + i, g + i, m + i, u + i, u + i, rest);
}

export function adamaxStep32(
  x: usize, g: usize, m: usize, u: usize, n: i32, mode: i32,
  rate: f32, lambda: f32, take1: f32, beta2: f32, eps: f32, correction: f32,
): void {
  adamax<f32>(x, g, m, u, n, mode, rate, lambda, take1, beta2, eps, correction);
}

export function adamaxStep64(
  x: usize, g: usize, m: usize, u: usize, n: i32, mode: i32,
  rate: f64, lambda: f64, take1: f64, beta2: f64, eps: f64, correction: f64,
): void {
  adamax<f64>(x, g, m, u, n, mode, rate, lambda, take1, beta2, eps, correction);
}
