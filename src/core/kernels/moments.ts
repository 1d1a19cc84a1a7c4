import type { Vector } from './vector.js';

// Loops of optimizers over the components of one tensor. Each is written twice: a loop that has met both element types
// takes twice as long, and for singles every operation is rounded to single precision, the factors before.

const single = Math.fround;

export interface MomentumFactors {
  readonly keep: number;
  readonly take: number;
  readonly mu: number;
  /** Whether the look ahead u + μ b is the update, and not b. */
  readonly nesterov: boolean;
}

/** b ← keep b + take u; u ← b or u + μ b */
export function momentumUpdate(u: Vector, b: Vector, factors: MomentumFactors): void {
  if (u instanceof Float32Array) momentumOfSingles(u, b as Float32Array, factors);
  else if (factors.nesterov) nesterovOfDoubles(u, b as Float64Array, factors);
  else momentumOfDoubles(u, b as Float64Array, factors);
}

/** Four a turn: the bounds checks amortise, 1.0 instead of 2.2 ns a number. */
function momentumOfDoubles(u: Float64Array, b: Float64Array, { keep, take }: MomentumFactors): void {
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

function nesterovOfDoubles(u: Float64Array, b: Float64Array, { keep, take, mu }: MomentumFactors): void {
  for (let i = 0; i < u.length; i++) {
    const ui = u[i] as number;
    const bi = keep * (b[i] as number) + take * ui;
    b[i] = bi;
    u[i] = ui + mu * bi;
  }
}

function momentumOfSingles(u: Float32Array, b: Float32Array, factors: MomentumFactors): void {
  const [keep, take, mu] = [single(factors.keep), single(factors.take), single(factors.mu)];
  const { nesterov } = factors;
  for (let i = 0; i < u.length; i++) {
    const ui = u[i] as number;
    const bi = single(single(keep * (b[i] as number)) + single(take * ui));
    b[i] = bi;
    u[i] = nesterov ? ui + single(mu * bi) : bi;
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

/**
 * m ← m + (1 - β₁)(g - m), v ← β₂ v + (1 - β₂) g², g ← m̂ / (√v̂ + eps); with AMSGrad the greatest v so far, `vMax`,
 * stands in the place of v.
 */
export function adamUpdate(g: Vector, m: Vector, v: Vector, vMax: Vector | null, factors: AdamFactors): void {
  if (g instanceof Float32Array)
    adamOfSingles(g, m as Float32Array, v as Float32Array, vMax as Float32Array | null, factors);
  else if (vMax !== null)
    amsgradOfDoubles(g, m as Float64Array, v as Float64Array, vMax as Float64Array, factors);
  else adamOfDoubles(g, m as Float64Array, v as Float64Array, factors);
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

function amsgradOfDoubles(
  g: Float64Array,
  m: Float64Array,
  v: Float64Array,
  vMax: Float64Array,
  factors: AdamFactors,
): void {
  const { beta1, beta2, eps, unbias1, unbias2 } = factors;
  const take1 = 1 - beta1;
  const take2 = 1 - beta2;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = (m[i] as number) + (gi - (m[i] as number)) * take1;
    const vi = (v[i] as number) * beta2 + take2 * gi * gi;
    const greatest = Math.max(vMax[i] as number, vi);
    m[i] = mi;
    v[i] = vi;
    vMax[i] = greatest;
    g[i] = (mi * unbias1) / (Math.sqrt(greatest) * unbias2 + eps);
  }
}

function adamOfSingles(
  g: Float32Array,
  m: Float32Array,
  v: Float32Array,
  vMax: Float32Array | null,
  factors: AdamFactors,
): void {
  const [beta2, eps] = [single(factors.beta2), single(factors.eps)];
  const [unbias1, unbias2] = [single(factors.unbias1), single(factors.unbias2)];
  const take1 = single(1 - factors.beta1);
  const take2 = single(1 - factors.beta2);
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = single((m[i] as number) + single(single(gi - (m[i] as number)) * take1));
    let vi = single(single((v[i] as number) * beta2) + single(single(take2 * gi) * gi));
    m[i] = mi;
    v[i] = vi;
    if (vMax !== null) {
      vi = Math.max(vMax[i] as number, vi);
      vMax[i] = vi;
    }
    g[i] = single(mi * unbias1) / single(single(single(Math.sqrt(vi)) * unbias2) + eps);
  }
}
