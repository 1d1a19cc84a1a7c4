import { z } from 'zod';
import { clipByNorm, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { defineRule, Threshold, wholeGradient } from './rule.js';

export const smooth = defineRule({
  kind: 'smooth',
  summary: 'Shrinks the whole gradient smoothly, so that its norm stays below `threshold`.',
  formula: 'g · c / (c + ‖g‖)',
  latex: String.raw`g \cdot \frac{c}{c + \lVert g \rVert}`,
  source: 'Zhang, He, Sra, Jadbabaie 2020 (arXiv:1905.11881)',
  params: z.strictObject({
    threshold: real({ min: 0, infinite: true }).describe(
      'c; 0 zeroes the gradient, Infinity leaves it alone',
    ),
  }),
  example: { threshold: 1 },
  build: ({ threshold: value }) => {
    const threshold = new Threshold(value);
    return {
      groups: wholeGradient,
      euclidean: true,
      scalesBy: 2,
      threshold,
      // min{1, c / (‖g‖ + epsilon)} with epsilon = c: the factor is below 1 by itself.
      clip: (tensors, _squares, norm, reports, { whole }) =>
        clipByNorm(tensors, norm, threshold.value, 2, threshold.value, reports[0] as Report, whole),
    };
  },
});
