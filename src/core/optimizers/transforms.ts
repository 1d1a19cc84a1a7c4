import { adamStep, amsgradStep, momentumStep, nesterovStep } from '../kernels/moments.js';
import { axpy, scale, type Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { type State, stateless, type Transform, zerosLike } from '../transform.js';

/** u ← -γ g */
export const descend: Transform = stateless((g, _x, { learningRate }) => scale(g, -learningRate));

/** g ← -g: ascent on the objective is descent on its negative. */
export const negate: Transform = stateless((g) => scale(g, -1));

/** g ← g + λ x: L2 regularisation inside the gradient, as torch.optim does; after clipping. */
export const addWeightDecay = (lambda: number): Transform => stateless((g, x) => axpy(g, lambda, x));

/** b ← μ b + (1 - dampening) g, except b = g in the first step; u ← b, or g + μ b with Nesterov (torch.optim.SGD). */
export const momentum = (mu: number, dampening: number, nesterov: boolean): Transform => ({
  init: zerosLike,
  update(g, state, _x, { count }) {
    const buffers = state as Vector[];
    const keep = count === 1 ? 0 : mu;
    const take = count === 1 ? 1 : 1 - dampening;
    for (let t = 0; t < g.length; t++) {
      const [u, b] = [g[t] as Vector, buffers[t] as Vector];
      if (nesterov) nesterovStep(u, b, keep, take, mu);
      else momentumStep(u, b, keep, take);
    }
    return state;
  },
});

interface AdamState {
  readonly m: readonly Vector[];
  readonly v: readonly Vector[];
  readonly [key: string]: State;
}

/** u ← m̂ / (√v̂ + eps) with bias-corrected moments; AMSGrad keeps the largest uncorrected v, as torch.optim.Adam does. */
export const scaleByAdam = (beta1: number, beta2: number, eps: number, amsgrad: boolean): Transform => ({
  init: (tensors) => ({
    m: zerosLike(tensors),
    v: zerosLike(tensors),
    ...(amsgrad && { vMax: zerosLike(tensors) }),
  }),
  update(g, state, _x, { count }) {
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
      const moments = [g[t] as Vector, m[t] as Vector, v[t] as Vector] as const;
      if (vMax === undefined) adamStep(...moments, factors);
      else amsgradStep(...moments, vMax[t] as Vector, factors);
    }
    return state;
  },
});

/** u ← sign(g), 0 for 0. */
export const sign: Transform = stateless((g) => {
  for (let i = 0; i < g.length; i++) g[i] = Math.sign(g[i]);
});
