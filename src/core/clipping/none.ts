import { z } from 'zod';
import { clipByNorm, type Report } from '../kernels/clip.js';
import { defineRule, wholeGradient } from './rule.js';

export const none = defineRule({
  kind: 'none',
  summary: 'Leaves the gradient as it is and reports its norm.',
  formula: 'g',
  latex: 'g',
  source: 'plain gradient descent',
  params: z.strictObject({}),
  example: {},
  build: () => ({
    groups: wholeGradient,
    euclidean: true,
    scalesBy: 2,
    clip(tensors, _squares, norm, reports) {
      const report = reports[0] as Report;
      clipByNorm(tensors, norm, Infinity, 2, 0, report);
      report.threshold = Number.NaN;
    },
  }),
});
