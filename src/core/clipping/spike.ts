import { z } from 'zod';
import type { Report } from '../kernels/clip.js';
import { euclidean, sumOfSquares } from '../kernels/norm.js';
import type { Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { movingRoot } from './moving.js';
import { defineRule, wholeGradient } from './rule.js';

/** `roots` has √v of every component. */
interface Memory {
  readonly seen: Float64Array;
  readonly roots: readonly Float64Array[];
}

export const spike = defineRule({
  kind: 'spike',
  summary: 'Clamps each component that is far above the moving mean of its own squares.',
  formula: 'where g_i² > factor · v_i: sign(g_i) · √(factor · v_i); v ← beta2 · v + (1 - beta2) · g²',
  latex: String.raw`g_i^2 > \theta v_i:\; \operatorname{sign}(g_i) \sqrt{\theta v_i},\quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2`,
  source: 'Huang et al. 2025, SPAM (arXiv:2501.06842)',
  params: z.strictObject({
    factor: real({ above: 0 }).default(5000),
    beta2: real({ min: 0, below: 1 }).default(0.999),
    warmup: z.int().min(0).max(4294967295).default(20).describe('the first gradients, which are not clamped'),
  }),
  example: { warmup: 2 },
  build({ factor, beta2, warmup }) {
    const reach = Math.sqrt(factor);
    return {
      groups: wholeGradient,
      euclidean: true,
      statePerParameter: 1,
      init: (tensors) => ({
        seen: new Float64Array(1),
        roots: tensors.map((x) => new Float64Array(x.length)),
      }),
      clip(tensors, squares, norm, reports, { state }) {
        const { seen, roots } = state as unknown as Memory;
        const limit = (seen[0] as number) < warmup ? Infinity : reach;
        let clipped = false;
        for (let t = 0; t < tensors.length; t++) {
          const x = tensors[t] as Vector;
          if (!clampSpikes(x, roots[t] as Float64Array, limit, beta2)) continue;
          squares[t] = sumOfSquares(x);
          clipped = true;
        }
        seen[0]++;
        const report = reports[0] as Report;
        report.norm = norm;
        report.clipped = clipped;
        report.clippedNorm = clipped ? euclidean(tensors, squares) : norm;
        report.scale = clipped && norm !== 0 ? report.clippedNorm / norm : 1;
      },
    };
  },
});

/**
 * Clamps |xᵢ| to limit · rᵢ where rᵢ is not 0, then lets r learn from what is left; says whether it clamped. A
 * component that has always been 0 has no scale yet, and what is not finite teaches nothing.
 */
function clampSpikes(x: Vector, r: Float64Array, limit: number, beta2: number): boolean {
  let clamped = false;
  for (let i = 0; i < x.length; i++) {
    const v = x[i] as number;
    const root = r[i] as number;
    const most = limit * root;
    if (root > 0 && (v > most || v < -most)) {
      x[i] = v < 0 ? -most : most;
      clamped = true;
    }
    const left = x[i] as number;
    if (Number.isFinite(left)) r[i] = movingRoot(beta2, root, left);
  }
  return clamped;
}
