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
      const b = buffers[t] as Vector;
      const u = g[t] as Vector;
      for (let i = 0; i < u.length; i++) {
        b[i] = keep * b[i] + take * u[i];
        u[i] = nesterov ? u[i] + mu * b[i] : b[i];
      }
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
    const correction1 = 1 - math.pow(beta1, count);
    const correction2 = Math.sqrt(1 - math.pow(beta2, count));
    for (let t = 0; t < g.length; t++) {
      const moments = { m: m[t] as Vector, v: v[t] as Vector, vMax: vMax?.[t] };
      adamStep(g[t] as Vector, moments, beta1, beta2, eps, correction1, correction2);
    }
    return state;
  },
});

function adamStep(
  g: Vector,
  { m, v, vMax }: { m: Vector; v: Vector; vMax: Vector | undefined },
  beta1: number,
  beta2: number,
  eps: number,
  correction1: number,
  correction2: number,
): void {
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = m[i] + (gi - m[i]) * (1 - beta1);
    let vi = v[i] * beta2 + (1 - beta2) * gi * gi;
    m[i] = mi;
    v[i] = vi;
    if (vMax !== undefined) {
      if (vi > vMax[i] || Number.isNaN(vi)) vMax[i] = vi;
      vi = vMax[i] as number;
    }
    g[i] = mi / correction1 / (Math.sqrt(vi) / correction2 + eps);
  }
}

/** u ← sign(g), 0 for 0. */
export const sign: Transform = stateless((g) => {
  for (let i = 0; i < g.length; i++) g[i] = Math.sign(g[i]);
});
