import { adamStep, type Descent, descendUpdate, momentumStep, sgdStep as sgd } from '../kernels/steps.js';
import { addDecay, scale, type Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { remembering, type State, type Step, stateless, type Transform, zerosLike } from '../transform.js';

// Of this module itself, as in kernels/vector.ts.
const sgdStep = sgd;

/** A transformation whose result is a direction d that can be followed in one pass, x ← x - γ (d + λ x). */
export interface Direction extends Transform {
  follow(g: readonly Vector[], state: State, x: readonly Vector[], step: Step, descent: Descent): State;
}

/** `go` follows the direction; without a descent it overwrites g with it and leaves x alone. */
export const direction = (
  init: Transform['init'],
  go: (
    g: readonly Vector[],
    state: State,
    x: readonly Vector[],
    step: Step,
    descent: Descent | null,
  ) => State,
): Direction => ({ init, update: (g, state, x, step) => go(g, state, x, step, null), follow: go });

/** The same for each tensor for itself, with vectors named by `keys` and zero before the first step. */
export function rememberingDirection<K extends string>(
  keys: readonly K[],
  go: (g: Vector, kept: Readonly<Record<K, Vector>>, x: Vector, step: Step, descent: Descent | null) => void,
): Direction {
  const { init } = remembering(keys, () => {});
  return direction(init, (g, state, x, step, descent) => {
    const kept = state as readonly Readonly<Record<K, Vector>>[];
    for (let t = 0; t < g.length; t++)
      go(g[t] as Vector, kept[t] as Readonly<Record<K, Vector>>, x[t] as Vector, step, descent);
    return state;
  });
}

/** u ← -γ g */
export const descend: Transform = stateless((g, _x, { learningRate }) => descendUpdate(g, learningRate));

/** g ← -g: ascent on the objective is descent on its negative. */
export const negate: Transform = stateless((g) => scale(g, -1));

/** g ← g + λ x: L2 regularisation inside the gradient, as torch.optim does; after clipping. */
export const addWeightDecay = (lambda: number): Transform => stateless((g, x) => addDecay(g, lambda, x));

/** d = g */
export const gradient = direction(
  () => [],
  (g, state, x, _step, descent) => {
    if (descent === null) return state;
    if (g.length === 1) sgdStep(x[0] as Vector, g[0] as Vector, descent);
    else for (let t = 0; t < g.length; t++) sgdStep(x[t] as Vector, g[t] as Vector, descent);
    return state;
  },
);

/** b ← μ b + (1 - dampening) g, except b = g in the first step; u ← b, or g + μ b with Nesterov (torch.optim.SGD). */
export function momentum(mu: number, dampening: number, nesterov: boolean): Direction {
  const first = { keep: 0, take: 1, mu, nesterov };
  const later = { keep: mu, take: 1 - dampening, mu, nesterov };
  return direction(zerosLike, (g, state, x, { count }, descent) => {
    const buffers = state as Vector[];
    const factors = count === 1 ? first : later;
    for (let t = 0; t < g.length; t++)
      momentumStep(x[t] as Vector, g[t] as Vector, buffers[t] as Vector, factors, descent);
    return state;
  });
}

interface AdamState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  readonly [key: string]: State;
}

/** u ← m̂ / (√v̂ + eps) with bias-corrected moments; AMSGrad keeps the largest uncorrected v, as torch.optim.Adam does. */
export const scaleByAdam = (beta1: number, beta2: number, eps: number, amsgrad: boolean): Direction =>
  direction(
    (tensors) => ({
      m: zerosLike(tensors),
      v: zerosLike(tensors),
      ...(amsgrad && { vMax: zerosLike(tensors) }),
    }),
    (g, state, x, { count }, descent) => {
      const { m, v } = state as AdamState;
      const vMax = (state as AdamState)['vMax'] as readonly Vector[] | undefined;
      const factors = {
        beta1,
        beta2,
        eps,
        unbias1: 1 / (1 - math.pow(beta1, count)),
        unbias2: 1 / Math.sqrt(1 - math.pow(beta2, count)),
      };
      for (let t = 0; t < g.length; t++) {
        const moments = [m[t] as Vector, v[t] as Vector, vMax?.[t] ?? null] as const;
        adamStep(x[t] as Vector, g[t] as Vector, moments, factors, descent);
      }
      return state;
    },
  );

/** u ← sign(g), 0 for 0. */
export const sign: Transform = stateless((g) => {
  for (let i = 0; i < g.length; i++) g[i] = Math.sign(g[i]);
});
