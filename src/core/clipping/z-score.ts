import { z } from 'zod';
import { clipByNorm, type Report } from '../kernels/clip.js';
import { real } from '../schema.js';
import { bounded, movingParams, movingRoot } from './moving.js';
import { defineRule, wholeGradient } from './rule.js';

const MODES = ['RECIPROCAL', 'MEAN', 'PERCENTILE'] as const;

const params = movingParams({
  alpha: real({ min: 0, below: 1 }).default(0.97).describe('of the moving mean and variance of the norm'),
  zThreshold: real({ above: 0 }).default(2.5).describe('how many deviations above the mean are a spike'),
  warmup: z
    .int()
    .min(1)
    .max(4294967295)
    .default(25)
    .describe('so many norms make the first mean and variance; meanwhile only maxThreshold holds'),
  mode: z
    .enum(MODES)
    .default('RECIPROCAL')
    .describe(
      'a spike is scaled to mean + zThreshold² · deviation / z (the ZClip option adaptive_scaling), to the mean, or to mean + zThreshold · deviation',
    ),
  clipFactor: real({ above: 0 }).default(1).describe('factor of the threshold of RECIPROCAL'),
  skipUpdateOnSpike: z.boolean().default(false).describe('a spike leaves mean and variance as they are'),
  epsilon: real({ min: 0 }).default(1e-6).describe('added to the deviation in z'),
});

export const zScore = defineRule({
  kind: 'zScore',
  summary: 'Scales the whole gradient where its norm is far above the moving mean of the norms.',
  formula:
    'z = (‖g‖ - mean) / (deviation + epsilon); where z > zThreshold: c = mean + zThreshold² · deviation / z',
  latex: String.raw`z_t = \frac{\lVert g_t \rVert - \mu_t}{\sigma_t + \varepsilon},\quad z_t > z_{\mathrm{thres}}:\; g_t \cdot \min\left(1, \frac{\mu_t + z_{\mathrm{thres}}^2 \sigma_t / z_t}{\lVert g_t \rVert}\right)`,
  source: 'Kumar et al. 2025, ZClip (arXiv:2504.02507)',
  params,
  example: { warmup: 5 },
  build: (given) => ({
    groups: wholeGradient,
    euclidean: true,
    scalesBy: 2,
    init: () => new Float64Array(3),
    clip(tensors, _squares, norm, reports, { state, whole }) {
      const moments = state as Float64Array;
      const spike = spikeThreshold(norm, moments, given);
      if (spike === Infinity) learn(norm, moments, given);
      else if (!given.skipUpdateOnSpike) learn(spike, moments, given);
      clipByNorm(tensors, norm, bounded(spike, given), 2, 0, reports[0] as Report, whole);
    },
  }),
});

type Params = z.output<typeof params>;

/** What the norm is to be scaled to; Infinity when it is no spike. */
function spikeThreshold(norm: number, moments: Float64Array, p: Params): number {
  const seen = moments[0] as number;
  const mean = moments[1] as number;
  const deviation = moments[2] as number;
  if (seen < p.warmup) return Infinity;
  if (p.mode === 'PERCENTILE') {
    const c = mean + p.zThreshold * deviation;
    return norm > c ? c : Infinity;
  }
  const score = (norm - mean) / (deviation + p.epsilon);
  if (!(score > p.zThreshold)) return Infinity;
  return p.mode === 'MEAN'
    ? mean
    : (mean + (p.zThreshold * deviation) / (score / p.zThreshold)) * p.clipFactor;
}

/** Overwrites how many were seen, mean and deviation: plain ones of the first norms, moving ones after them. */
function learn(norm: number, moments: Float64Array, { warmup, alpha }: Params): void {
  if (!Number.isFinite(norm)) return;
  const seen = moments[0] as number;
  const mean = moments[1] as number;
  const deviation = moments[2] as number;
  moments[0] = seen + 1;
  if (seen < warmup) {
    const keep = seen / (seen + 1);
    moments[1] = mean + (norm - mean) / (seen + 1);
    // The squares of one more: v ← keep (v + (1 - keep) d²).
    moments[2] = movingRoot(keep, deviation, Math.sqrt(keep) * (norm - mean));
  } else {
    const moved = alpha * mean + (1 - alpha) * norm;
    moments[1] = moved;
    moments[2] = movingRoot(alpha, deviation, norm - moved);
  }
}
