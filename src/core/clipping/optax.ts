import { z } from 'zod';
import type { Report } from '../kernels/clip.js';
import type { Vector } from '../kernels/vector.js';
import { normParams } from './global-norm.js';
import { defineRule, Threshold, wholeGradient } from './rule.js';

export const optax = defineRule({
  kind: 'optax',
  summary: 'clip_by_global_norm of Optax: rescales at equality, divides first, overflows and underflows.',
  formula: 'g if ‖g‖ < c, else (g / ‖g‖) · c, with ‖g‖ = √Σ g_i² unscaled',
  latex: String.raw`\begin{cases} g & \lVert g \rVert < c \\ (g / \lVert g \rVert) \cdot c & \text{else} \end{cases}`,
  source: 'optax.clip_by_global_norm of Optax 0.2.8',
  params: z.strictObject({ threshold: normParams.shape.threshold.describe('max_norm') }),
  example: { threshold: 1 },
  build: ({ threshold: value }) => {
    const threshold = new Threshold(value);
    return {
      groups: wholeGradient,
      euclidean: false,
      threshold,
      clip(tensors, squares, _norm, reports) {
        const report = reports[0] as Report;
        let sum = 0;
        for (let t = 0; t < tensors.length; t++) sum += squares[t] as number;
        const norm = Math.sqrt(sum);
        report.norm = norm;
        report.threshold = threshold.value;
        report.clipped = !(norm < threshold.value);
        report.scale = report.clipped ? threshold.value / norm : 1;
        report.clippedNorm = report.clipped ? norm * report.scale : norm;
        if (report.clipped)
          for (let t = 0; t < tensors.length; t++) {
            const x = tensors[t] as Vector;
            for (let i = 0; i < x.length; i++) x[i] = ((x[i] as number) / norm) * threshold.value;
          }
      },
    };
  },
});
