import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { listOf, real } from '../schema.js';
import { tensor } from '../tensor.js';
import { anyDimension, defineObjective, planFunction, vectorLayout } from './objective.js';
import { multiply, multiplyTransposed, type Vectors, vectorIssues, vectorsOf } from './vectors.js';

/** Overwrites z with softmax(z) and returns log Σ exp(z_i); the greatest is taken out first, so nothing overflows. */
function softmax(z: Float64Array): number {
  let max = -Infinity;
  for (let i = 0; i < z.length; i++) if (!(z[i] <= max)) max = z[i] as number;
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += z[i] = math.exp(z[i] - max);
  for (let i = 0; i < z.length; i++) z[i] /= sum;
  return max + math.log(sum);
}

export const logSumExp = defineObjective({
  kind: 'logSumExp',
  summary: 'A smooth maximum of linear functions, convex; of the coordinates when no vectors are given.',
  formula: 'log Σ_i exp(a_iᵀx + b_i)',
  latex: String.raw`\log \sum_i e^{a_i^\top x + b_i}`,
  source: 'L = max ‖a_i - a_j‖²/4, which is 1/2 for the coordinates',
  params: z
    .strictObject({
      vectors: tensor.optional().describe('a_i, one a row; the unit vectors when absent'),
      offsets: listOf(real(), 1_000_000).optional().describe('b_i; zero when absent'),
      dimension: anyDimension,
    })
    .check(({ value, issues }) => {
      issues.push(...vectorIssues(value, 'offsets', value.offsets));
    }),
  example: {
    vectors: [
      [1, 3],
      [1, -3],
      [-1, 0],
    ],
    offsets: [-0.1, -0.1, -0.1],
  },
  knowledge: {
    smoothness: {
      constants: '(max ‖a_i - a_j‖²/4, 0); (1/2, 0) for the coordinates',
      l0({ vectors }) {
        if (vectors === undefined) return 0.5;
        const { rows, columns, data } = vectorsOf(vectors);
        let greatest = 0;
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < i; j++) {
            let square = 0;
            for (let k = 0; k < columns; k++) {
              const apart = (data as Vector)[i * columns + k] - (data as Vector)[j * columns + k];
              square += apart * apart;
            }
            greatest = Math.max(greatest, square);
          }
        return greatest / 4;
      },
    },
    minimum: {
      says: 'taken where 0 is inside the convex hull of the vectors; unbounded below where it is outside, as it is of the unit vectors',
      value: ({ vectors }) => (vectors === undefined ? -Infinity : null),
    },
    convex: true,
  },
  build: ({ vectors, offsets, dimension }) => {
    const b = offsets !== undefined && offsets.length > 0 ? offsets : null;
    return (context) => {
      const n = vectors?.shape[1] ?? dimension ?? b?.length ?? context.size ?? 2;
      const a: Vectors = vectors === undefined ? { rows: n, columns: n, data: null } : vectorsOf(vectors);
      return planFunction({
        layout: vectorLayout(n, context.dtype),
        flopsPerEvaluation: a.rows * (30 + (a.data === null ? 2 : 4 * n)),
        start: () => () => 1,
        scratch: 2 * a.rows + n,
        make() {
          const p = new Float64Array(a.rows);
          const products = new Float64Array(a.rows);
          const sums = new Float64Array(n);
          const weights = (x: Parameters<typeof multiply>[1]): number => {
            multiply(a, x, p);
            if (b !== null) for (let i = 0; i < a.rows; i++) p[i] += b[i] as number;
            return softmax(p);
          };
          return {
            valueAndGradient(x, gradient) {
              const value = weights(x);
              multiplyTransposed(a, p, sums, gradient);
              return value;
            },
            hessianVectorProduct(x, v, out) {
              weights(x);
              multiply(a, v, products);
              // Taken from that of the greatest weight, the products lose nothing where the others nearly vanish.
              let top = 0;
              for (let i = 1; i < a.rows; i++) if (p[i] > p[top]) top = i;
              const origin = products[top] as number;
              let mean = 0;
              for (let i = 0; i < a.rows; i++) {
                products[i] -= origin;
                mean += p[i] * products[i];
              }
              for (let i = 0; i < a.rows; i++) products[i] = p[i] * (products[i] - mean);
              multiplyTransposed(a, products, sums, out);
            },
          };
        },
      });
    };
  },
});
