import { z } from 'zod';
import { Failure } from '../failure.js';
import type { Report } from '../kernels/clip.js';
import { naiveNorm } from '../kernels/norm.js';
import { scale, type Vector } from '../kernels/vector.js';
import { normParams } from './global-norm.js';
import { defineRule, Threshold, wholeGradient } from './rule.js';

export const torch = defineRule({
  kind: 'torch',
  summary: 'clip_grad_norm_ of PyTorch, its overflow and its epsilon included.',
  formula:
    'g · min(1, c / (‖g‖_p + 1e-6)), always multiplied; ‖g‖_p is the norm of the tensors’ norms, unscaled',
  latex: String.raw`g \cdot \min\left(1, \frac{c}{\lVert g \rVert_p + 10^{-6}}\right)`,
  source: 'torch.nn.utils.clip_grad_norm_ of PyTorch 2.13',
  params: z.strictObject({
    threshold: normParams.shape.threshold.describe('max_norm'),
    norm: normParams.shape.norm.describe('norm_type'),
    errorIfNonfinite: z
      .boolean()
      .default(false)
      .describe('refuse a gradient whose norm is not finite, be it from overflow'),
  }),
  example: { threshold: 1 },
  build: ({ threshold: value, norm: p, errorIfNonfinite }) => {
    const threshold = new Threshold(value);
    return {
      groups: wholeGradient,
      euclidean: false,
      threshold,
      clip(tensors, norms, _norm, reports) {
        const report = reports[0] as Report;
        for (let t = 0; t < tensors.length; t++) norms[t] = normOf(tensors[t] as Vector, p);
        const norm = norms.length === 0 ? 0 : normOf(norms, p);
        if (errorIfNonfinite && !Number.isFinite(norm))
          throw refused(`have the norm ${norm}; errorIfNonfinite allows finite norms only`);
        const factor = Math.min(1, threshold.value / (norm + 1e-6));
        for (let t = 0; t < tensors.length; t++) scale(tensors[t] as Vector, factor);
        report.norm = norm;
        report.scale = factor;
        report.clippedNorm = norm * factor;
        report.clipped = factor !== 1;
        report.threshold = threshold.value;
      },
    };
  },
});

function normOf(x: Vector, p: number): number {
  if (x.length === 0 && p === Infinity)
    throw refused('have an empty tensor, of which PyTorch has no maximum');
  // The norm of a single number is taken without its power.
  return x.length === 1 ? Math.abs(x[0]) : naiveNorm(x, p);
}

function refused(message: string): Failure {
  const path = 'gradients';
  return new Failure('INVALID_FIELD', `${path} ${message}`, { violations: [{ path, message }] });
}
