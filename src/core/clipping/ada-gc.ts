import { z } from 'zod';
import { clipByNorm, newReport, type Report } from '../kernels/clip.js';
import { euclidean } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { bounded, movingParams } from './moving.js';
import { defineRule } from './rule.js';

/** `norms` has γ of every tensor, 0 while it is unknown. */
interface Memory {
  readonly seen: Float64Array;
  readonly norms: Float64Array;
}

export const adaGc = defineRule({
  kind: 'adaGc',
  summary:
    'Scales each tensor that is longer than the moving mean of its own clipped norms; at first globally.',
  formula:
    'g_t · min(1, lambdaRel · γ_t / ‖g_t‖), γ_t ← beta · γ_t + (1 - beta) · ‖clipped g_t‖ for each tensor t',
  latex: String.raw`g_t \cdot \min\left(1, \frac{\lambda_{\mathrm{rel}} \gamma_t}{\lVert g_t \rVert}\right),\quad \gamma_t \leftarrow \beta \gamma_t + (1 - \beta) \lVert \hat g_t \rVert`,
  source: 'Wang et al. 2025, AdaGC (arXiv:2502.11034)',
  params: movingParams({
    lambdaRel: real({ above: 0 }).default(1.05),
    lambdaAbs: real({ min: 0, infinite: true }).default(1).describe('global threshold of the warm-up'),
    beta: real({ min: 0, below: 1 }).default(0.98),
    warmup: z
      .int()
      .min(0)
      .max(4294967295)
      .default(100)
      .describe('so many gradients are clipped by their global norm, and γ is the least norm of a tensor'),
  }),
  example: { warmup: 2 },
  build({ lambdaRel, lambdaAbs, beta, warmup, ...bounds }) {
    const whole = newReport('');
    return {
      groups: (names) => names,
      euclidean: false,
      init: (tensors) => ({ seen: new Float64Array(1), norms: new Float64Array(tensors.length) }),
      clip(tensors, squares, norm, reports, { state }) {
        const { seen, norms } = state as unknown as Memory;
        const warming = (seen[0] as number) < warmup;
        for (let t = 0; t < tensors.length; t++) {
          const tensor = [tensors[t] as Vector];
          const known = norms[t] as number;
          const report = reports[t] as Report;
          const c = warming || known === 0 ? Infinity : bounded(lambdaRel * known, bounds);
          clipByNorm(tensor, euclidean(tensor, squares.subarray(t, t + 1)), c, 2, 0, report);
        }
        if (warming) {
          clipByNorm(tensors, norm, lambdaAbs, 2, 0, whole);
          for (let t = 0; t < tensors.length; t++) scaled(reports[t] as Report, whole);
        }
        for (let t = 0; t < tensors.length; t++) {
          const { clippedNorm } = reports[t] as Report;
          const known = norms[t] as number;
          // A norm of 0 would make the threshold 0 for good.
          if (!(clippedNorm > 0 && clippedNorm < Infinity)) continue;
          if (known === 0) norms[t] = clippedNorm;
          else norms[t] = warming ? Math.min(known, clippedNorm) : beta * known + (1 - beta) * clippedNorm;
        }
        seen[0]++;
      },
    };
  },
});

/** What became of a tensor that was scaled together with the others. */
function scaled(report: Report, { clipped, scale }: Report): void {
  report.clipped = clipped;
  report.scale = scale;
  report.clippedNorm = report.norm * scale;
  report.threshold = Number.NaN;
}
