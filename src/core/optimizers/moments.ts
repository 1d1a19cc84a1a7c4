import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { perTensor, remembering, type Transform, zeros } from '../transform.js';

/** 1 - βᵗ: a moment that started at 0 is too small by this factor. */
export const debias = (beta: number, count: number): number => 1 - math.pow(beta, count);

export interface MomentOptions {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly epsRoot: number;
  readonly nesterov?: boolean;
  readonly biasCorrectionMu?: boolean;
  readonly biasCorrectionNu?: boolean;
}

/**
 * Factors of m and g in the bias-corrected first moment; with `nesterov`, in the look ahead of Dozat 2016,
 * β m / (1 - βᵗ⁺¹) + (1 - β) g / (1 - βᵗ).
 */
export function lookAhead(
  beta: number,
  count: number,
  { nesterov = false, biasCorrectionMu = true }: Pick<MomentOptions, 'nesterov' | 'biasCorrectionMu'>,
): { readonly ofMoment: number; readonly ofGradient: number } {
  const now = biasCorrectionMu ? debias(beta, count) : 1;
  const next = biasCorrectionMu ? debias(beta, count + 1) : 1;
  return nesterov
    ? { ofMoment: beta / next, ofGradient: (1 - beta) / now }
    : { ofMoment: 1 / now, ofGradient: 0 };
}

/** u ← m̂ / (√(v̂ + epsRoot) + eps), Optax's scale_by_adam. */
export const scaleByMoments = (options: MomentOptions): Transform =>
  remembering(['m', 'v'], (g, { m, v }, _x, { count }) => momentStep(g, m, v, count, options));

/** The same for one tensor; overwrites g, m and v. */
export function momentStep(g: Vector, m: Vector, v: Vector, count: number, options: MomentOptions): void {
  const { eps, epsRoot, biasCorrectionNu = true } = options;
  const [b1, b2] = options.betas;
  const { ofMoment, ofGradient } = lookAhead(b1, count, options);
  const c = biasCorrectionNu ? debias(b2, count) : 1;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = b1 * m[i] + (1 - b1) * gi;
    const vi = b2 * v[i] + (1 - b2) * gi * gi;
    m[i] = mi;
    v[i] = vi;
    g[i] = (ofMoment * mi + ofGradient * gi) / (Math.sqrt(vi / c + epsRoot) + eps);
  }
}

/** m ← β m + (1 - β) g; u ← m */
export const average = (beta: number): Transform =>
  perTensor(
    (x) => ({ m: zeros(x) }),
    (g, { m }) => {
      for (let i = 0; i < g.length; i++) {
        m[i] = beta * m[i] + (1 - beta) * (g[i] as number);
        g[i] = m[i] as number;
      }
    },
  );

/** v ← β₂ v + (1 - β₂) g²; u ← g / (√(v / (1 - β₂ᵗ)) + eps) */
export const scaleBySecondMoment = (beta: number, eps: number): Transform =>
  perTensor(
    (x) => ({ v: zeros(x) }),
    (g, { v }, _x, { count }) => secondMomentStep(g, v, beta, eps, debias(beta, count)),
  );

function secondMomentStep(g: Vector, v: Vector, beta: number, eps: number, correction: number): void {
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    v[i] = beta * v[i] + (1 - beta) * gi * gi;
    g[i] = gi / (Math.sqrt(v[i] / correction) + eps);
  }
}
