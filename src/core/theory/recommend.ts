import { math } from '../kernels/wasm.js';
import { adaptiveMeanBound } from './adaptive-step.js';
import {
  BEST_THETA,
  boundConstants,
  budget,
  iterationsTo,
  kappa,
  LECTURE_THETA,
  lawfulLearningRate,
  looseBound,
  type SmoothnessForm,
  sharpBound,
  smoothedBound,
} from './clipped-descent.js';
import { leastSquareBound, simpleMeanBound } from './gradient-descent.js';

/** What a step size is asked for: (L0, L1) in a form, the threshold c, Δ0 = f(x0) - inf f and the accuracy ε. */
export interface Question {
  readonly l0: number;
  readonly l1: number;
  readonly form: SmoothnessForm;
  readonly threshold: number;
  readonly gap: number;
  readonly epsilon: number;
}

export interface ClippedStep {
  readonly name: 'LECTURE' | 'HESSIAN' | 'FIRST_ORDER';
  readonly theta: number;
  readonly learningRate: number;
  readonly kappa: number;
  /** Of: mean ‖g_t‖ <= c1 √(Δ0/(γT)) + c2 Δ0/(γTc). */
  readonly c1: number;
  readonly c2: number;
  /** Until some ‖g_t‖ <= ε, and until the mean is. */
  readonly iterations: number;
  readonly iterationsOfMean: number;
}

export type Method =
  | 'GRADIENT_DESCENT'
  | 'ADAPTIVE_FIRST_ORDER'
  | 'ADAPTIVE_HESSIAN_OPTIMAL'
  | 'ADAPTIVE_HESSIAN_SIMPLE'
  | 'ADAPTIVE_HARD'
  | 'SMOOTHED_CLIPPING'
  | 'POLYAK'
  | 'NORMALIZED';

export interface Alternative {
  readonly method: Method;
  readonly formula: string;
  readonly learningRate?: number;
  readonly iterations?: number;
  readonly iterationsOfMean?: number;
  /** Bound of the mean of ‖g_t‖ over T steps. */
  readonly mean?: (iterations: number) => number;
  /** Bound of the least ‖g_t‖, t = 0..T. */
  readonly least?: (iterations: number) => number;
}

/** The constants of the first-order form, which those of the Hessian form give divided by ln 2; an L-smooth f needs neither. */
const firstOrder = ({ l0, l1, form }: Question): { readonly l0: number; readonly l1: number } =>
  form === 'FIRST_ORDER' || l1 === 0 ? { l0, l1 } : { l0: l0 / Math.LN2, l1: l1 / Math.LN2 };

/** T until s²/c + c/4 <= ε, or s <= ε where c >= 2 ε, with s² = A/T. */
const iterationsOfMean = (limit: number, threshold: number, epsilon: number): number =>
  Math.ceil(
    threshold >= 2 * epsilon ? limit / epsilon / epsilon : limit / threshold / (epsilon - threshold / 4),
  );

export function clippedStep(name: ClippedStep['name'], theta: number, q: Question): ClippedStep {
  const learningRate = lawfulLearningRate(theta, q.l0, q.l1, q.threshold);
  const factor = kappa(theta, q.form);
  const limit = budget(q.gap, factor, learningRate);
  return {
    name,
    theta,
    learningRate,
    kappa: factor,
    ...boundConstants(factor),
    iterations: iterationsTo(q.epsilon, limit, q.threshold),
    iterationsOfMean: iterationsOfMean(limit, q.threshold, q.epsilon),
  };
}

/** The lecture's θ and the best of either form; each is lawful in both. */
export const clippedSteps = (q: Question): ClippedStep[] => [
  clippedStep('LECTURE', LECTURE_THETA, q),
  clippedStep('HESSIAN', BEST_THETA.HESSIAN, q),
  clippedStep('FIRST_ORDER', BEST_THETA.FIRST_ORDER, q),
];

/** Bounds of the mean ‖g_t‖ over T steps of clipped descent. */
export function clippedMean(
  step: ClippedStep,
  q: Question,
): { sharp(t: number): number; loose(t: number): number } {
  const limit = budget(q.gap, step.kappa, step.learningRate);
  return {
    sharp: (t) => sharpBound(limit / t, q.threshold),
    loose: (t) => looseBound(Math.sqrt(limit / t), q.threshold),
  };
}

/**
 * The thresholds with the fewest guaranteed iterations: for some ‖g_t‖ <= ε it is ε itself; for the mean the zero
 * of L1 c²/4 + L0 c/2 - L0 ε, where (L0 + c L1) / (c (ε - c/4)) is least; ε again where L0 = 0 puts that at 0.
 */
export const bestThresholds = (
  l0: number,
  l1: number,
  epsilon: number,
): { readonly best: number; readonly mean: number } => ({
  best: epsilon,
  mean: l0 === 0 ? epsilon : (2 * l0 * epsilon) / (l0 / 2 + Math.sqrt((l0 * l0) / 4 + l0 * l1 * epsilon)),
});

/** L on the set where f <= f(x0): L0 + L1 G, G = L1 Δ0 + √(L1² Δ0² + 2 L0 Δ0) the greatest ‖g‖ there. */
export function smoothnessBelow(q: Question): number {
  const { l0, l1 } = firstOrder(q);
  const { gap } = q;
  return l0 + l1 * (l1 * gap + Math.sqrt(l1 * l1 * gap * gap + 2 * l0 * gap));
}

/** What else there is beside clipping, with what is guaranteed. */
export function alternatives(q: Question): Alternative[] {
  const { gap, epsilon, threshold } = q;
  const { l0, l1 } = firstOrder(q);
  const hessian = { l0: q.l0, l1: q.l1 };
  const l = smoothnessBelow(q);
  const smooth = (iterations: number) => ({ smoothness: l, learningRate: 1 / l, gap, iterations });
  const square = epsilon * epsilon;
  const smoothed = 1 / Math.max(l0, threshold * l1);
  const limit = budget(gap, 1 / 2, smoothed);
  const ofMean = (a: number, b: number): number => Math.ceil((2 * gap * (a + b * epsilon)) / square);
  const adaptive = (a: number, b: number) => ({
    iterations: ofMean(a, b),
    iterationsOfMean: ofMean(a, b),
    mean: (t: number) => adaptiveMeanBound((2 * gap) / t, a, b),
  });
  return [
    {
      method: 'GRADIENT_DESCENT',
      formula: '1/L, L = L0 + L1 G with G the greatest ‖g‖ where f <= f(x0)',
      learningRate: 1 / l,
      iterations: Math.max(0, Math.ceil(((4 * l * gap) / square - 2) / 3)),
      iterationsOfMean: Math.ceil((2 * l * gap) / square),
      mean: (t) => simpleMeanBound(smooth(t)),
      least: (t) => Math.sqrt(leastSquareBound(smooth(t))),
    },
    { method: 'ADAPTIVE_FIRST_ORDER', formula: '1/(L0 + L1 ‖g‖)', ...adaptive(l0, l1) },
    {
      method: 'ADAPTIVE_HESSIAN_OPTIMAL',
      formula: 'ln(1 + L1 ‖g‖/(L0 + L1 ‖g‖))/(L1 ‖g‖)',
      iterations: Math.ceil(gap / optimalDecrease(hessian.l0, hessian.l1, epsilon)),
    },
    {
      method: 'ADAPTIVE_HESSIAN_SIMPLE',
      formula: '1/(L0 + 1.5 L1 ‖g‖)',
      ...adaptive(hessian.l0, 1.5 * hessian.l1),
    },
    {
      method: 'ADAPTIVE_HARD',
      formula: 'min{1/(2 L0), 1/(3 L1 ‖g‖)}',
      iterations: Math.ceil((2 * gap * Math.max(2 * hessian.l0, 3 * hessian.l1 * epsilon)) / square),
    },
    {
      method: 'SMOOTHED_CLIPPING',
      formula: 'γ c/(c + ‖g‖), γ = 1/max(L0, c L1)',
      learningRate: smoothed,
      iterations: Math.ceil((limit * (1 + epsilon / threshold)) / square),
      iterationsOfMean: Math.ceil((limit * (1 + epsilon / threshold)) / square),
      mean: (t) => smoothedBound(Math.sqrt(limit / t), threshold),
    },
    { method: 'POLYAK', formula: '(f - inf f)/‖g‖²; for a convex f, without constants' },
    {
      method: 'NORMALIZED',
      formula: 'R/(√(T + 1) ‖g‖) for a convex f whose minimum is R away, without constants',
    },
  ];
}

/** What the best step of the Hessian form decreases f by at least: [(L0 + 2 L1 g) ln(1 + L1 g/(L0 + L1 g)) - L1 g]/L1². */
export function optimalDecrease(l0: number, l1: number, g: number): number {
  const r = (l1 * g) / l0;
  // Below, the difference loses its digits: g²/(2 L0) (1 - 4 r/3 ...).
  if (r < 1e-6) return ((g * g) / (2 * l0)) * (1 - (4 / 3) * r);
  return ((l0 + 2 * l1 * g) * math.log1p((l1 * g) / (l0 + l1 * g)) - l1 * g) / (l1 * l1);
}
