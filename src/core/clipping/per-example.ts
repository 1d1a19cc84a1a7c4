import { z } from 'zod';
import { clipByNorm, newReport, type Report } from '../kernels/clip.js';
import { norm2 } from '../kernels/norm.js';
import { normals, STREAM_PRIVACY, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { real, seed } from '../schema.js';
import { defineRule, type RuleContext, Threshold } from './rule.js';

const params = z
  .strictObject({
    threshold: real({ min: 0, infinite: true }).describe('c: the greatest norm of an example’s gradient'),
    layers: z
      .enum(['JOINT', 'UNIFORM', 'BY_SIZE'])
      .default('JOINT')
      .describe(
        'one norm over all tensors, or one for each of the K tensors at the threshold c / √K, or c √(size / total size)',
      ),
    aggregate: z.enum(['MEAN', 'SUM']).default('MEAN').describe('of the clipped examples'),
    noiseMultiplier: real({ min: 0 })
      .default(0)
      .describe('σ: Gaussian noise of standard deviation σ c joins the sum'),
    seed: seed().default(0).describe('of the noise; the same seed is the same noise'),
  })
  .check(({ value, issues }) => {
    if (value.noiseMultiplier > 0 && value.threshold === Infinity)
      issues.push({
        code: 'custom',
        message: 'must be finite with noise, which is in proportion to it',
        input: value.threshold,
        path: ['threshold'],
      });
  });

export const perExample = defineRule({
  kind: 'perExample',
  summary:
    'Clips the gradient of each example, axis 0 of every tensor, then averages: DP-SGD, with noise if asked.',
  formula: '(Σ_b g_b · min(1, c / ‖g_b‖) + N(0, σ² c²)) / B',
  latex: String.raw`\frac{1}{B} \left( \sum_{b=1}^{B} g_b \cdot \min\left(1, \frac{c}{\lVert g_b \rVert}\right) + \mathcal{N}(0, \sigma^2 c^2 I) \right)`,
  source:
    'Abadi et al. 2016 (arXiv:1607.00133), optax per_example_global_norm_clip, per_example_layer_norm_clip',
  params,
  example: { threshold: 1 },
  build: (options) => {
    const threshold = new Threshold(options.threshold);
    return {
      groups: (names) => (options.layers === 'JOINT' ? [''] : names),
      euclidean: false,
      needs: 'examples',
      threshold,
      // An example of one component costs as much as one of a hundred.
      flopsPerComponent: 100,
      clip(tensors, _squares, _norm, reports, { shapes }) {
        const { layers, aggregate, noiseMultiplier, seed } = options;
        const c = threshold.value;
        const examples = examplesOf(shapes);
        const total = tensors.reduce((sum, x) => sum + x.length, 0);
        const sums =
          layers === 'JOINT'
            ? sumOfClipped(tensors, examples, c, reports[0] as Report)
            : tensors.flatMap((x, t) => {
                const share = layers === 'UNIFORM' ? 1 / tensors.length : x.length / total;
                return sumOfClipped([x], examples, c * Math.sqrt(share), reports[t] as Report);
              });
        // Together the tensors of one example are at most c long in every layout, so σ c is the same for all.
        if (noiseMultiplier > 0) addNoise(sums, noiseMultiplier * c, seed);
        const divisor = aggregate === 'MEAN' ? examples : 1;
        sums.forEach((sum, t) => {
          const x = tensors[t] as Vector;
          for (let i = 0; i < sum.length; i++) x[i] = (sum[i] as number) / divisor;
        });
      },
    };
  },
});

const examplesOf = (shapes: RuleContext['shapes']): number => shapes[0]?.[0] ?? 1;

/**
 * The clipped examples, added one after the other in double precision. The report has the greatest norm of an
 * example, and the factor of that one.
 */
function sumOfClipped(
  tensors: readonly Vector[],
  examples: number,
  threshold: number,
  report: Report,
): Float64Array[] {
  const sizes = tensors.map((x) => x.length / examples);
  // -0 is what adds nothing: 0 would turn the sum of -0 and -0 into 0.
  const sums = sizes.map((size) => new Float64Array(size).fill(-0));
  const rows = sizes.map((size) => new Float64Array(size));
  const squares = new Float64Array(tensors.length);
  const one = newReport('');
  report.norm = -1;
  report.clipped = false;
  for (let b = 0; b < examples; b++) {
    for (let t = 0; t < tensors.length; t++) {
      const size = sizes[t] as number;
      (rows[t] as Float64Array).set((tensors[t] as Vector).subarray(b * size, (b + 1) * size));
    }
    clipByNorm(rows, norm2(rows, squares), threshold, 2, 0, one);
    if (one.norm > report.norm || Number.isNaN(one.norm)) {
      report.norm = one.norm;
      report.scale = one.scale;
      report.clippedNorm = one.clippedNorm;
    }
    report.clipped ||= one.clipped;
    for (let t = 0; t < rows.length; t++) {
      const sum = sums[t] as Float64Array;
      const row = rows[t] as Float64Array;
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (row[i] as number);
    }
  }
  return sums;
}

function addNoise(sums: readonly Float64Array[], deviation: number, seed: number): void {
  const normal = normals(words(seed, STREAM_PRIVACY, 0));
  for (const sum of sums)
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + deviation * normal();
}
