import { z } from 'zod';
import { clipByMeasure, type Report } from '../kernels/clip.js';
import { isSafe, scaledNorm } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { defineRule, Threshold } from './rule.js';

export const blockRms = defineRule({
  kind: 'blockRms',
  summary: 'Scales each tensor alone so that its root mean square is at most `threshold`.',
  formula: 'u / max(1, RMS(u) / d) for each tensor u',
  latex: String.raw`\frac{u}{\max\left(1, \operatorname{RMS}(u) / d\right)}`,
  source: 'Shazeer, Stern 2018 (Adafactor, arXiv:1804.04235), optax clip_by_block_rms',
  params: z.strictObject({
    threshold: real({ min: 0, infinite: true }).describe('d; 0 zeroes the gradient, Infinity never clips'),
  }),
  example: { threshold: 0.5 },
  build: ({ threshold: value }) => {
    const threshold = new Threshold(value);
    return {
      groups: (names) => names,
      euclidean: false,
      threshold,
      clip(tensors, squares, _norm, reports) {
        for (let t = 0; t < tensors.length; t++)
          clipByRms(tensors[t] as Vector, squares[t] as number, threshold.value, reports[t] as Report);
      },
    };
  },
});

/** The report's norms are root mean squares. */
function clipByRms(x: Vector, sum: number, threshold: number, report: Report): void {
  if (isSafe(sum)) {
    clipByMeasure([x], Math.sqrt(sum / x.length), null, threshold, 0, report);
    return;
  }
  const { scale, ratio } = scaledNorm([x], 2);
  const parts = { scale, ratio: ratio / Math.sqrt(Math.max(1, x.length)) };
  // A mean below the least double is not zero.
  const rms = Math.max(parts.scale * parts.ratio, scale > 0 ? Number.MIN_VALUE : 0);
  clipByMeasure([x], rms, parts, threshold, 0, report);
}
