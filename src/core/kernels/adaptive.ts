import type { Vector } from './vector.js';

// Loops of optimizers that divide by what they have seen of the gradient, over the components of one tensor. As in
// moments.ts each is written twice, and for singles every operation is rounded, the factors before.

const single = Math.fround;

export interface LookAheadFactors {
  readonly beta1: number;
  readonly beta2: number;
  /** Of m and g in d. */
  readonly ofMoment: number;
  readonly ofGradient: number;
  /** Whether the update is d rectifier / (√(v / correction + epsRoot) + eps), and not d. */
  readonly adaptive: boolean;
  readonly rectifier: number;
  readonly correction: number;
  readonly epsRoot: number;
  readonly eps: number;
}

/** m ← m + (1 - β₁)(g - m), v ← β₂ v + (1 - β₂) g², d = ofMoment m + ofGradient g; overwrites g with the update. */
export function lookAheadUpdate(g: Vector, m: Vector, v: Vector, factors: LookAheadFactors): void {
  if (g instanceof Float32Array) lookAheadOfSingles(g, m as Float32Array, v as Float32Array, factors);
  else lookAheadOfDoubles(g, m as Float64Array, v as Float64Array, factors);
}

function lookAheadOfDoubles(g: Float64Array, m: Float64Array, v: Float64Array, f: LookAheadFactors): void {
  const { beta2, ofMoment, ofGradient, adaptive, rectifier, correction, epsRoot, eps } = f;
  const take1 = 1 - f.beta1;
  const take2 = 1 - beta2;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = (m[i] as number) + (gi - (m[i] as number)) * take1;
    const vi = (v[i] as number) * beta2 + take2 * gi * gi;
    m[i] = mi;
    v[i] = vi;
    const d = ofMoment * mi + ofGradient * gi;
    g[i] = adaptive ? (d * rectifier) / (Math.sqrt(vi / correction + epsRoot) + eps) : d;
  }
}

function lookAheadOfSingles(g: Float32Array, m: Float32Array, v: Float32Array, f: LookAheadFactors): void {
  const [take1, beta2, take2] = [single(1 - f.beta1), single(f.beta2), single(1 - f.beta2)];
  const [ofMoment, ofGradient] = [single(f.ofMoment), single(f.ofGradient)];
  const [rectifier, correction] = [single(f.rectifier), single(f.correction)];
  const [epsRoot, eps] = [single(f.epsRoot), single(f.eps)];
  const { adaptive } = f;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = single((m[i] as number) + single(single(gi - (m[i] as number)) * take1));
    const vi = single(single((v[i] as number) * beta2) + single(single(take2 * gi) * gi));
    m[i] = mi;
    v[i] = vi;
    const d = single(single(ofMoment * mi) + single(ofGradient * gi));
    const root = single(Math.sqrt(single(single(vi / correction) + epsRoot)));
    g[i] = adaptive ? single(d * rectifier) / single(root + eps) : d;
  }
}

/** Made at every step, as one literal: copied with `...` and completed, it takes V8 3 µs. */
export interface RootFactors {
  /** v ← keep v + take g² */
  readonly keep: number;
  readonly take: number;
  readonly factor: number;
  readonly correction: number;
  /** What joins v under the root, and the root. */
  readonly inside: number;
  readonly outside: number;
  /** Whether the update is 0 where v is. */
  readonly zeroAtZero: boolean;
}

/** v ← keep v + take g², g ← factor g / (√(v / correction + inside) + outside) */
export function rootUpdate(g: Vector, v: Vector, factors: RootFactors): void {
  if (g instanceof Float32Array) rootOfSingles(g, v as Float32Array, factors);
  else rootOfDoubles(g, v as Float64Array, factors);
}

function rootOfDoubles(g: Float64Array, v: Float64Array, factors: RootFactors): void {
  const { keep, take, factor, correction, inside, outside, zeroAtZero } = factors;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const vi = keep * (v[i] as number) + take * gi * gi;
    v[i] = vi;
    g[i] = zeroAtZero && vi === 0 ? 0 : (factor * gi) / (Math.sqrt(vi / correction + inside) + outside);
  }
}

function rootOfSingles(g: Float32Array, v: Float32Array, factors: RootFactors): void {
  const [keep, take, factor] = [single(factors.keep), single(factors.take), single(factors.factor)];
  const [inside, outside] = [single(factors.inside), single(factors.outside)];
  const correction = single(factors.correction);
  const { zeroAtZero } = factors;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const vi = single(single(keep * (v[i] as number)) + single(single(take * gi) * gi));
    v[i] = vi;
    const root = single(Math.sqrt(single(single(vi / correction) + inside)));
    g[i] = zeroAtZero && vi === 0 ? 0 : single(factor * gi) / single(root + outside);
  }
}

export interface AdamaxFactors {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** 1 - β₁ᵗ */
  readonly correction: number;
}

/** m ← m + (1 - β₁)(g - m), u ← max(β₂ u, |g| + eps), g ← m̂ / u */
export function adamaxUpdate(g: Vector, m: Vector, u: Vector, factors: AdamaxFactors): void {
  if (g instanceof Float32Array) adamaxOfSingles(g, m as Float32Array, u as Float32Array, factors);
  else adamaxOfDoubles(g, m as Float64Array, u as Float64Array, factors);
}

function adamaxOfDoubles(g: Float64Array, m: Float64Array, u: Float64Array, factors: AdamaxFactors): void {
  const { beta2, eps, correction } = factors;
  const take1 = 1 - factors.beta1;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = (m[i] as number) + (gi - (m[i] as number)) * take1;
    const ui = Math.max(beta2 * (u[i] as number), Math.abs(gi) + eps);
    m[i] = mi;
    u[i] = ui;
    g[i] = mi / correction / ui;
  }
}

function adamaxOfSingles(g: Float32Array, m: Float32Array, u: Float32Array, factors: AdamaxFactors): void {
  const [take1, beta2] = [single(1 - factors.beta1), single(factors.beta2)];
  const [eps, correction] = [single(factors.eps), single(factors.correction)];
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = single((m[i] as number) + single(single(gi - (m[i] as number)) * take1));
    const ui = Math.max(single(beta2 * (u[i] as number)), single(Math.abs(gi) + eps));
    m[i] = mi;
    u[i] = ui;
    g[i] = single(mi / correction) / ui;
  }
}
