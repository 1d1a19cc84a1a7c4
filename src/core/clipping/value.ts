import { z } from 'zod';
import { clipByValue, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { defineRule, Threshold, wholeGradient } from './rule.js';

const params = z
  .strictObject({
    threshold: real({ min: 0, infinite: true }).optional().describe('clamps to [-threshold, threshold]'),
    min: real({ infinite: true }).optional(),
    max: real({ infinite: true }).optional(),
  })
  .check(({ value: { threshold, min, max }, issues, value }) => {
    const range = min !== undefined || max !== undefined;
    if ((threshold === undefined) !== range)
      issues.push({ code: 'custom', message: 'needs either threshold, or min and max', input: value });
    else if (range && (min === undefined || max === undefined))
      issues.push({ code: 'custom', message: 'min and max go together', input: value });
    else if (range && (min as number) > (max as number))
      issues.push({ code: 'custom', message: `min must be <= max (${max})`, input: min, path: ['min'] });
  });

export const value = defineRule({
  kind: 'value',
  summary: 'Clamps every component to [-threshold, threshold], or to [min, max].',
  formula: 'max(min, min(max, g_i))',
  latex: String.raw`\max(\min, \min(\max, g_i))`,
  source: 'Mikolov 2012, torch clip_grad_value_',
  params,
  example: { threshold: 0.5 },
  build: ({ threshold: bound, min = 0, max = 0 }) => {
    const shared = { groups: wholeGradient, euclidean: true };
    if (bound === undefined)
      return {
        ...shared,
        clip: (tensors, squares, norm, reports) =>
          clipByValue(tensors, squares, norm, min, max, reports[0] as Report),
      };
    const threshold = new Threshold(bound);
    return {
      ...shared,
      threshold,
      clip(tensors, squares, norm, reports) {
        const report = reports[0] as Report;
        clipByValue(tensors, squares, norm, -threshold.value, threshold.value, report);
        report.threshold = threshold.value;
      },
    };
  },
});
