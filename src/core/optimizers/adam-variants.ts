import type { Vector } from '../kernels/vector.js';
import { remembering, type Transform } from '../transform.js';
import { debias, lookAhead, type MomentOptions, momentStep } from './moments.js';
import { eps, flag } from './parameters.js';
import { scaleByAdam } from './transforms.js';

/** What Optax's Adam has beside PyTorch's, whose numbers the defaults give. */
export const variants = {
  epsRoot: eps(0).describe('under the root, beside v'),
  nesterov: flag(false).describe('the look ahead of Dozat 2016: Optax’s nadam'),
  maxOfCorrected: flag(false).describe('AMSGrad takes the greatest v after its bias correction, as in Optax'),
  biasCorrectionMu: flag(true),
  biasCorrectionNu: flag(true),
};

export interface AdamOptions extends Required<MomentOptions> {
  readonly amsgrad: boolean;
  readonly maxOfCorrected: boolean;
}

/** u ← m̂ / (√(v̂ + epsRoot) + eps) in all its variants; PyTorch's own has a loop of its own. */
export function scaleByAdamVariant(options: AdamOptions): Transform {
  const { betas, eps, epsRoot, nesterov, amsgrad, maxOfCorrected, biasCorrectionMu, biasCorrectionNu } =
    options;
  const corrected = biasCorrectionMu && biasCorrectionNu;
  if (epsRoot === 0 && !nesterov && corrected && !(amsgrad && maxOfCorrected))
    return scaleByAdam(betas[0], betas[1], eps, amsgrad);
  return amsgrad
    ? remembering(['m', 'v', 'vMax'], (g, { m, v, vMax }, _x, { count }) =>
        amsgradStep(g, m, v, vMax, count, options),
      )
    : remembering(['m', 'v'], (g, { m, v }, _x, { count }) => momentStep(g, m, v, count, options));
}

function amsgradStep(
  g: Vector,
  m: Vector,
  v: Vector,
  vMax: Vector,
  count: number,
  options: AdamOptions,
): void {
  const { eps, epsRoot, maxOfCorrected, biasCorrectionNu } = options;
  const [b1, b2] = options.betas;
  const { ofMoment, ofGradient } = lookAhead(b1, count, options);
  const c = biasCorrectionNu ? debias(b2, count) : 1;
  const before = maxOfCorrected ? c : 1;
  const after = maxOfCorrected ? 1 : c;
  for (let i = 0; i < g.length; i++) {
    const gi = g[i] as number;
    const mi = b1 * m[i] + (1 - b1) * gi;
    const vi = b2 * v[i] + (1 - b2) * gi * gi;
    const greatest = Math.max(vMax[i], vi / before);
    m[i] = mi;
    v[i] = vi;
    vMax[i] = greatest;
    g[i] = (ofMoment * mi + ofGradient * gi) / (Math.sqrt(greatest / after + epsRoot) + eps);
  }
}
