import { z } from 'zod';
import { clipByNorm, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { defineRule, type Rule, Threshold, wholeGradient } from './rule.js';

/** Parameters of the rules that scale by a norm. */
export const normParams = z.strictObject({
  threshold: real({ min: 0, infinite: true }).describe('c; 0 zeroes the gradient, Infinity never clips'),
  norm: real({ above: 0, infinite: true }).default(2).describe('order p of the norm'),
  epsilon: real({ min: 0 }).default(0).describe('added to the norm; 1e-6 gives PyTorch’s numbers'),
});

export const globalNorm = defineRule({
  kind: 'globalNorm',
  summary: 'Scales the whole gradient so that its norm over all tensors is at most `threshold`.',
  formula: 'g · min(1, c / (‖g‖_p + epsilon))',
  latex: String.raw`g \cdot \min\left(1, \frac{c}{\lVert g \rVert_p + \varepsilon}\right)`,
  source: 'Pascanu, Mikolov, Bengio 2013 (arXiv:1211.5063)',
  params: normParams,
  example: { threshold: 1 },
  build: ({ threshold: value, norm, epsilon }) => {
    const threshold = new Threshold(value);
    return {
      groups: wholeGradient,
      euclidean: norm === 2,
      scalesBy: norm,
      threshold,
      clip: clipper(clipByNorm, threshold, norm, epsilon),
    };
  },
});

/** All are parameters, because V8 follows six references at every use of what is imported into a closure. */
const clipper =
  (clip: typeof clipByNorm, threshold: Threshold, norm: number, epsilon: number): Rule['clip'] =>
  (tensors, _squares, euclideanNorm, reports, { whole }) =>
    clip(tensors, euclideanNorm, threshold.value, norm, epsilon, reports[0] as Report, whole);
