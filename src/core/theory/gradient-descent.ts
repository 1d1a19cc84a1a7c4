import { math } from '../kernels/wasm.js';

/** Bounds for unclipped descent with γ <= 1/L on an L-smooth function; `gap` is Δ0 = f(x_0) - inf f. */
export interface SmoothDescent {
  readonly smoothness: number;
  readonly learningRate: number;
  readonly gap: number;
  readonly iterations: number;
}

/** min ‖g_t‖², t = 0..T, is at most Δ0 / (Tγ(1 - γL/4) + 1/(2L)): the exact worst case at γ = 1/L. */
export const leastSquareBound = ({ smoothness, learningRate, gap, iterations }: SmoothDescent): number =>
  gap / (iterations * learningRate * (1 - (learningRate * smoothness) / 4) + 1 / (2 * smoothness));

/** Mean ‖g_t‖, t < T, is at most √((Δ0 + γ‖g_0‖²/4) / (Tγ(1 - γL/4))). */
export const meanBound = (
  { smoothness, learningRate, gap, iterations }: SmoothDescent,
  firstNorm: number,
): number =>
  Math.sqrt(
    (gap + (learningRate * firstNorm * firstNorm) / 4) /
      (iterations * learningRate * (1 - (learningRate * smoothness) / 4)),
  );

/** The textbook form of it: √(Δ0 / (Tγ(1 - γL/2))). */
export const simpleMeanBound = ({ smoothness, learningRate, gap, iterations }: SmoothDescent): number =>
  Math.sqrt(gap / (iterations * learningRate * (1 - (learningRate * smoothness) / 2)));

/**
 * The learning rate above which descent diverges on the hard instance from the x_0 where f′ = M:
 * 2 x_0/M = 2 (1 + ln(L1 M/L0)) / (L1 M).
 */
export const hardInstanceLimit = (l0: number, l1: number, slope: number): number =>
  (2 * (1 + math.log((l1 * slope) / l0))) / (l1 * slope);
