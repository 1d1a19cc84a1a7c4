import { math } from '../kernels/wasm.js';

/**
 * What (L0, L1) bound. FIRST_ORDER: ‖∇f(x) - ∇f(y)‖ <= (L0 + L1 ‖∇f(x)‖) ‖x - y‖ for ‖x - y‖ <= 1/L1.
 * HESSIAN: ‖∇²f(x)‖ <= L0 + L1 ‖∇f(x)‖, which gives FIRST_ORDER with both divided by ln 2.
 */
export type SmoothnessForm = 'FIRST_ORDER' | 'HESSIAN';

/** θ = γ (L0 + c L1) that gives the largest guaranteed decrease; the lecture's is 1/9. */
export const BEST_THETA: Readonly<Record<SmoothnessForm, number>> = {
  FIRST_ORDER: 1,
  HESSIAN: Math.LN2,
};
export const LECTURE_THETA: number = 1 / 9;

/** Above it nothing is guaranteed: κ would be negative. The second is the root of e^θ = 1 + 2 θ. */
export const MAX_THETA: Readonly<Record<SmoothnessForm, number>> = {
  FIRST_ORDER: 2,
  HESSIAN: 1.2564312086261695,
};

/** γ = θ / (L0 + c L1); Infinity where the denominator is 0. */
export function lawfulLearningRate(theta: number, l0: number, l1: number, threshold: number): number {
  return theta / (l1 === 0 ? l0 : l0 + threshold * l1);
}

/**
 * κ of the descent lemma f(x_t) - f(x_{t+1}) >= κ γ min(‖g_t‖, c) ‖g_t‖ for clipped descent with γ = θ/(L0 + c L1):
 * 1 - θ/2, or 1 - (e^θ - 1 - θ)/θ in the Hessian form.
 */
export function kappa(theta: number, form: SmoothnessForm): number {
  if (form === 'FIRST_ORDER') return 1 - theta / 2;
  return theta === 0 ? 1 : 2 - math.expm1(theta) / theta;
}

/** C1 and C2 of: mean ‖g_t‖ <= C1 √(Δ0/(γT)) + C2 Δ0/(γTc). */
export const boundConstants = (kappa: number): { readonly c1: number; readonly c2: number } => ({
  c1: Math.sqrt(1 / kappa),
  c2: 1 / kappa,
});

/** A = Δ0/(κγ), which Σ min(‖g_t‖, c) ‖g_t‖ never exceeds; `gap` is Δ0 = f(x_0) - inf f. */
export const budget = (gap: number, kappa: number, learningRate: number): number =>
  gap / (kappa * learningRate);

/** Bound of the mean of ‖g_t‖ in the lecture's form, s + s²/c with s = √(A/T). */
export const looseBound = (s: number, threshold: number): number => s + (s / threshold) * s;

/** The least bound of the mean that the budget implies, by s² = A/T: s up to c/2, then s²/c + c/4. */
export const sharpBound = (square: number, threshold: number): number =>
  square <= (threshold / 2) * (threshold / 2) ? Math.sqrt(square) : square / threshold + threshold / 4;

/** The mean under the smoothed clip g c/(c + ‖g‖): s²/(2c) + √(s² + s⁴/(4c²)). */
export function smoothedBound(s: number, threshold: number): number {
  const half = ((s / threshold) * s) / 2;
  return half + Math.sqrt(s * s + half * half);
}

/** After that many steps some ‖g_t‖ <= ε: A / (ε min(ε, c)). */
export const iterationsTo = (epsilon: number, budget: number, threshold: number): number =>
  Math.ceil(budget / epsilon / Math.min(epsilon, threshold));
