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

/** Mean ‖g_t‖, t < T, is at most √(Δ0 / (Tγ(1 - γL/2))). */
export const simpleMeanBound = ({ smoothness, learningRate, gap, iterations }: SmoothDescent): number =>
  Math.sqrt(gap / (iterations * learningRate * (1 - (learningRate * smoothness) / 2)));
