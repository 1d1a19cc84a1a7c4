import { adamUpdate, momentumUpdate } from '../kernels/moments.js';
import { adamStep, type Descent, descendUpdate, momentumStep, sgdStep } from '../kernels/steps.js';
import { addDecay, scale, type Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { type State, type Step, stateless, type Transform, zerosLike } from '../transform.js';

/** A transformation whose result is a direction d that can be followed in one pass, x ← x - γ (d + λ x). */
export interface Direction extends Transform {
  follow(g: readonly Vector[], state: State, x: readonly Vector[], step: Step, descent: Descent): State;
}

/** u ← -γ g */
export const descend: Transform = stateless((g, _x, { learningRate }) => descendUpdate(g, learningRate));

/** g ← -g: ascent on the objective is descent on its negative. */
export const negate: Transform = stateless((g) => scale(g, -1));

/** g ← g + λ x: L2 regularisation inside the gradient, as torch.optim does; after clipping. */
export const addWeightDecay = (lambda: number): Transform => stateless((g, x) => addDecay(g, lambda, x));

/** d = g */
export const gradient: Direction = {
  init: () => [],
  update: (_g, state) => state,
  follow(g, state, x, _step, descent) {
    for (let t = 0; t < g.length; t++) sgdStep(x[t] as Vector, g[t] as Vector, descent);
    return state;
  },
};

/** b ← μ b + (1 - dampening) g, except b = g in the first step; u ← b, or g + μ b with Nesterov (torch.optim.SGD). */
export function momentum(mu: number, dampening: number, nesterov: boolean): Direction {
  const first = { keep: 0, take: 1, mu, nesterov };
  const later = { keep: mu, take: 1 - dampening, mu, nesterov };
  return {
    init: zerosLike,
    update(g, state, _x, { count }) {
      const buffers = state as Vector[];
      const factors = count === 1 ? first : later;
      for (let t = 0; t < g.length; t++) momentumUpdate(g[t] as Vector, buffers[t] as Vector, factors);
      return state;
    },
    follow(g, state, x, { count }, descent) {
      const buffers = state as Vector[];
      const factors = count === 1 ? first : later;
      for (let t = 0; t < g.length; t++)
        momentumStep(x[t] as Vector, g[t] as Vector, buffers[t] as Vector, factors, descent);
      return state;
    },
  };
}

interface AdamState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  readonly [key: string]: State;
}

/** u ← m̂ / (√v̂ + eps) with bias-corrected moments; AMSGrad keeps the largest uncorrected v, as torch.optim.Adam does. */
export function scaleByAdam(beta1: number, beta2: number, eps: number, amsgrad: boolean): Direction {
  const factorsAt = (count: number) => ({
    beta1,
    beta2,
    eps,
    unbias1: 1 / (1 - math.pow(beta1, count)),
    unbias2: 1 / Math.sqrt(1 - math.pow(beta2, count)),
  });
  const momentsOf = (state: State, t: number) => {
    const { m, v, vMax } = state as AdamState;
    return [m[t] as Vector, v[t] as Vector, (vMax as readonly Vector[] | undefined)?.[t] ?? null] as const;
  };
  return {
    init: (tensors) => ({
      m: zerosLike(tensors),
      v: zerosLike(tensors),
      ...(amsgrad && { vMax: zerosLike(tensors) }),
    }),
    update(g, state, _x, { count }) {
      const factors = factorsAt(count);
      for (let t = 0; t < g.length; t++) adamUpdate(g[t] as Vector, ...momentsOf(state, t), factors);
      return state;
    },
    follow(g, state, x, { count }, descent) {
      const factors = factorsAt(count);
      for (let t = 0; t < g.length; t++)
        adamStep(x[t] as Vector, g[t] as Vector, momentsOf(state, t), factors, descent);
      return state;
    },
  };
}

/** u ← sign(g), 0 for 0. */
export const sign: Transform = stateless((g) => {
  for (let i = 0; i < g.length; i++) g[i] = Math.sign(g[i]);
});
