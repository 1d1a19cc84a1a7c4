import { math } from '../kernels/wasm.js';

/** FIRST_ORDER takes (L0, L1) of the first-order form, the others those of the Hessian form. */
export const ADAPTIVE_FORMS = ['HESSIAN_OPTIMAL', 'HESSIAN_SIMPLE', 'FIRST_ORDER', 'HARD'] as const;
export type AdaptiveForm = (typeof ADAPTIVE_FORMS)[number];

/** Where L1 ‖g‖ is this small a part of L0, the rate is 1/L0 to the last bit. */
const NEGLIGIBLE = 1e-17;

/**
 * The learning rate for a gradient of norm g:
 * FIRST_ORDER 1/(L0 + L1 g), HESSIAN_SIMPLE 1/(L0 + 1.5 L1 g), HESSIAN_OPTIMAL ln(1 + L1 g/(L0 + L1 g))/(L1 g),
 * HARD min{1/(2 L0), 1/(3 L1 g)}.
 */
export function adaptiveRate(g: number, l0: number, l1: number, form: AdaptiveForm): number {
  const r = l1 === 0 ? 0 : l1 * g;
  switch (form) {
    case 'FIRST_ORDER':
      return 1 / (l0 + r);
    case 'HESSIAN_SIMPLE':
      return 1 / (l0 + 1.5 * r);
    case 'HARD':
      return Math.min(1 / (2 * l0), 1 / (3 * r));
    case 'HESSIAN_OPTIMAL':
      return r <= NEGLIGIBLE * l0 ? 1 / l0 : math.log1p(r / (l0 + r)) / r;
  }
}

/** The length of that step, rate · g, for a g whose rate is no ordinary double. */
export function adaptiveLength(g: number, l0: number, l1: number, form: AdaptiveForm): number {
  const a = l0 / g;
  switch (form) {
    case 'FIRST_ORDER':
      return 1 / (a + l1);
    case 'HESSIAN_SIMPLE':
      return 1 / (a + 1.5 * l1);
    case 'HARD':
      return Math.min(1 / (2 * a), 1 / (3 * l1));
    case 'HESSIAN_OPTIMAL':
      return math.log1p(l1 / (a + l1)) / l1;
  }
}

/**
 * Bound of the mean of ‖g_t‖ for steps 1/(L0 + L1 ‖g‖), with q = 2 Δ0/T: L1 q/2 + √(L1² q²/4 + L0 q). With 1.5 L1
 * it is that of HESSIAN_SIMPLE.
 */
export function adaptiveMeanBound(q: number, l0: number, l1: number): number {
  const half = (l1 * q) / 2;
  return half + Math.sqrt(half * half + l0 * q);
}
