import { budget, kappa, looseBound, type SmoothnessForm, sharpBound } from './clipped-descent.js';

/** Where constants come from: the request, a closed form of the objective, or a certificate computed for it. */
export type Origin = 'GIVEN' | 'CLOSED_FORM' | 'CERTIFICATE';

/** ‖∇²f‖ <= L0 + L1 ‖∇f‖, or the same over differences of gradients, as `form` says. */
export interface Constants {
  readonly l0: number;
  readonly l1: number;
  readonly form: SmoothnessForm;
  readonly origin: Origin;
}

/** What the bound of clipped descent x ← x - γ min(1, c/‖g‖) g is made of. */
export interface BoundTerms extends Constants {
  /** A lower bound of f. */
  readonly minimum: number;
  /** c; Infinity without clipping. */
  readonly threshold: number;
  /** γ */
  readonly learningRate: number;
  /** Conditions of the theorem that the request does not meet, in words. */
  readonly unmet: readonly string[];
}

export interface BoundReport extends Constants {
  readonly minimum: number;
  /** γ (L0 + c L1) */
  readonly theta: number;
  readonly kappa: number;
  /** Σ min(‖g‖, c) ‖g‖ over the updates, and Δ0/(κγ), which it never exceeds. */
  readonly spent: number;
  readonly budget: number;
  readonly meanGradientNorm: number;
  /** Of that mean: the least that the budget implies, and the lecture's √(Δ0/(κγT)) + Δ0/(κγTc). */
  readonly sharp: number;
  readonly loose: number;
  /** Empty where all conditions of the theorem held. */
  readonly unmet: readonly string[];
  /** Null where they did not. */
  readonly held: boolean | null;
}

/** Sums of a million terms differ from the exact ones by less. */
const ROUNDING = 1e-9;

export const atMost = (value: number, bound: number): boolean => value <= bound * (1 + ROUNDING);

/** θ = γ (L0 + c L1) */
export const thetaOf = ({ l0, l1, threshold, learningRate }: BoundTerms): number =>
  learningRate * (l1 === 0 ? l0 : l0 + threshold * l1);

/** √(A/T) after T updates, and the bounds of the mean that follow; NaN before the first. */
export function meanBounds(
  limit: number,
  threshold: number,
  updates: number,
): { readonly sharp: number; readonly loose: number } {
  if (updates === 0) return { sharp: Number.NaN, loose: Number.NaN };
  const square = limit / updates;
  return { sharp: sharpBound(square, threshold), loose: looseBound(Math.sqrt(square), threshold) };
}

/** What has to hold beside the constants: everything that the request alone decides. */
export function unmetBy(terms: Omit<BoundTerms, 'unmet'>): string[] {
  const { l1, form, threshold, learningRate } = terms;
  const theta = thetaOf({ ...terms, unmet: [] });
  return [
    ...(learningRate > 0 ? [] : ['the learning rate is 0']),
    ...(threshold > 0 ? [] : ['the threshold is 0']),
    ...(kappa(theta, form) > 0
      ? []
      : [`θ = γ (L0 + c L1) = ${theta} is too large for any guaranteed decrease`]),
    ...(form === 'HESSIAN' || l1 === 0 || learningRate * threshold * l1 <= 1
      ? []
      : ['a step is longer than 1/L1, beyond which the first-order form says nothing']),
  ];
}

export function boundReport(
  terms: BoundTerms,
  seen: {
    readonly first: number;
    readonly spent: number;
    readonly sum: number;
    readonly updates: number;
    readonly violated: boolean;
    readonly unmet: readonly string[];
  },
): BoundReport {
  const { l0, l1, form, origin, minimum, threshold, learningRate } = terms;
  const theta = thetaOf(terms);
  const factor = kappa(theta, form);
  const limit = budget(seen.first - minimum, factor, learningRate);
  const { sharp, loose } = meanBounds(limit, threshold, seen.updates);
  const meanGradientNorm = seen.updates === 0 ? Number.NaN : seen.sum / seen.updates;
  const unmet = [...terms.unmet, ...seen.unmet];
  const met = unmet.length === 0;
  return {
    ...{ l0, l1, form, origin, minimum, theta, kappa: factor },
    ...{ spent: seen.spent, budget: met ? limit : Number.NaN, meanGradientNorm },
    sharp: met ? sharp : Number.NaN,
    loose: met ? loose : Number.NaN,
    unmet,
    held: met
      ? !seen.violated && atMost(seen.spent, limit) && (seen.updates === 0 || atMost(meanGradientNorm, sharp))
      : null,
  };
}
