import type { Vector } from './vector.js';

export interface LionFactors {
  readonly b1: number;
  readonly b2: number;
  readonly lambda: number;
  readonly rate: number;
}

/**
 * u ← -γ (sign(β₁ m + (1 - β₁) g) + λ x), m ← β₂ m + (1 - β₂) g in one pass, with a loop for each element type; that
 * of doubles four a turn, 2.2 instead of 2.9 ns a number.
 */
export function lionUpdate(g: Vector, m: Vector, x: Vector, factors: LionFactors): void {
  if (g instanceof Float32Array) lionOfSingles(g, m as Float32Array, x as Float32Array, factors);
  else lionOfDoubles(g, m as Float64Array, x as Float64Array, factors);
}

/** Math.sign without a branch that the sign decides, which is mispredicted every other time: a third of the time. */
const signOf = (c: number): number => (Number.isNaN(c) ? c : +(c > 0) - +(c < 0));

/** Every operation rounded to single precision, the factors before. */
function lionOfSingles(g: Float32Array, m: Float32Array, x: Float32Array, factors: LionFactors): void {
  const single = Math.fround;
  const [b1, b2] = [single(factors.b1), single(factors.b2)];
  const [take1, take2] = [single(1 - factors.b1), single(1 - factors.b2)];
  const [lambda, rate] = [single(factors.lambda), single(-factors.rate)];
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = m[i] as number;
    m[i] = single(b2 * mi) + single(take2 * gi);
    const sign = signOf(single(b1 * mi) + single(take1 * gi));
    g[i] = single(sign + single(lambda * (x[i] as number))) * rate;
  }
}

function lionOfDoubles(g: Float64Array, m: Float64Array, x: Float64Array, factors: LionFactors): void {
  const { b1, b2, lambda, rate } = factors;
  const n = g.length;
  const whole = n & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const g0 = g[i] as number;
    const g1 = g[i + 1] as number;
    const g2 = g[i + 2] as number;
    const g3 = g[i + 3] as number;
    const m0 = m[i] as number;
    const m1 = m[i + 1] as number;
    const m2 = m[i + 2] as number;
    const m3 = m[i + 3] as number;
    m[i] = b2 * m0 + (1 - b2) * g0;
    m[i + 1] = b2 * m1 + (1 - b2) * g1;
    m[i + 2] = b2 * m2 + (1 - b2) * g2;
    m[i + 3] = b2 * m3 + (1 - b2) * g3;
    g[i] = -rate * (signOf(b1 * m0 + (1 - b1) * g0) + lambda * (x[i] as number));
    g[i + 1] = -rate * (signOf(b1 * m1 + (1 - b1) * g1) + lambda * (x[i + 1] as number));
    g[i + 2] = -rate * (signOf(b1 * m2 + (1 - b1) * g2) + lambda * (x[i + 2] as number));
    g[i + 3] = -rate * (signOf(b1 * m3 + (1 - b1) * g3) + lambda * (x[i + 3] as number));
  }
  for (; i < n; i++) {
    const gi = g[i] as number;
    const mi = m[i] as number;
    m[i] = b2 * mi + (1 - b2) * gi;
    g[i] = -rate * (signOf(b1 * mi + (1 - b1) * gi) + lambda * (x[i] as number));
  }
}
