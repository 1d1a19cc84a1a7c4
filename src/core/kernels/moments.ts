import type { Vector } from './vector.js';

// Loops of optimizers over the components of one tensor. Each is written twice, because a loop that has met both
// element types takes twice as long.

/** b ← keep b + take u; u ← b */
export function momentumStep(u: Vector, b: Vector, keep: number, take: number): void {
  if (u instanceof Float64Array) momentumOfDoubles(u, b as Float64Array, keep, take);
  else momentumOfSingles(u, b as Float32Array, keep, take);
}

/** Four a turn: the bounds checks amortise, 1.0 instead of 2.2 ns a number. */
function momentumOfDoubles(u: Float64Array, b: Float64Array, keep: number, take: number): void {
  const n = u.length;
  const whole = n & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    const b0 = keep * (b[i] as number) + take * (u[i] as number);
    const b1 = keep * (b[i + 1] as number) + take * (u[i + 1] as number);
    const b2 = keep * (b[i + 2] as number) + take * (u[i + 2] as number);
    const b3 = keep * (b[i + 3] as number) + take * (u[i + 3] as number);
    b[i] = b0;
    b[i + 1] = b1;
    b[i + 2] = b2;
    b[i + 3] = b3;
    u[i] = b0;
    u[i + 1] = b1;
    u[i + 2] = b2;
    u[i + 3] = b3;
  }
  for (; i < n; i++) {
    b[i] = keep * (b[i] as number) + take * (u[i] as number);
    u[i] = b[i] as number;
  }
}

function momentumOfSingles(u: Float32Array, b: Float32Array, keep: number, take: number): void {
  for (let i = 0; i < u.length; i++) {
    const bi = keep * (b[i] as number) + take * (u[i] as number);
    b[i] = bi;
    u[i] = bi;
  }
}

/** b ← keep b + take u; u ← u + μ b */
export function nesterovStep(u: Vector, b: Vector, keep: number, take: number, mu: number): void {
  for (let i = 0; i < u.length; i++) {
    b[i] = keep * b[i] + take * u[i];
    u[i] = u[i] + mu * b[i];
  }
}

export interface AdamFactors {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 1 / (1 - β₁ᵗ) and 1 / √(1 - β₂ᵗ) */
  readonly unbias1: number;
  readonly unbias2: number;
}

/** m ← m + (1 - β₁)(g - m), v ← β₂ v + (1 - β₂) g², g ← m̂ / (√v̂ + eps) */
export function adamStep(g: Vector, m: Vector, v: Vector, factors: AdamFactors): void {
  if (g instanceof Float64Array) adamOfDoubles(g, m as Float64Array, v as Float64Array, factors);
  else adamOfSingles(g, m as Float32Array, v as Float32Array, factors);
}

function adamOfDoubles(g: Float64Array, m: Float64Array, v: Float64Array, factors: AdamFactors): void {
  const { beta1, beta2, eps, unbias1, unbias2 } = factors;
  const take1 = 1 - beta1;
  const take2 = 1 - beta2;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = (m[i] as number) + (gi - (m[i] as number)) * take1;
    const vi = (v[i] as number) * beta2 + take2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    g[i] = (mi * unbias1) / (Math.sqrt(vi) * unbias2 + eps);
  }
}

function adamOfSingles(g: Float32Array, m: Float32Array, v: Float32Array, factors: AdamFactors): void {
  const { beta1, beta2, eps, unbias1, unbias2 } = factors;
  const take1 = 1 - beta1;
  const take2 = 1 - beta2;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = (m[i] as number) + (gi - (m[i] as number)) * take1;
    const vi = (v[i] as number) * beta2 + take2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    g[i] = (mi * unbias1) / (Math.sqrt(vi) * unbias2 + eps);
  }
}

/** The same with the greatest v so far, `vMax`, in place of v. */
export function amsgradStep(g: Vector, m: Vector, v: Vector, vMax: Vector, factors: AdamFactors): void {
  const { beta1, beta2, eps, unbias1, unbias2 } = factors;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = m[i] + (gi - m[i]) * (1 - beta1);
    const vi = v[i] * beta2 + (1 - beta2) * gi * gi;
    m[i] = mi;
    v[i] = vi;
    if (vi > vMax[i] || Number.isNaN(vi)) vMax[i] = vi;
    g[i] = (mi * unbias1) / (Math.sqrt(vMax[i]) * unbias2 + eps);
  }
}
