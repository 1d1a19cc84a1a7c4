import { z } from 'zod';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { tensor } from '../tensor.js';
import { anyDimension, defineObjective, planFunction, vectorLayout } from './objective.js';
import { spectrum } from './spectrum.js';
import { multiply, multiplyTransposed, type Vectors, vectorIssues, vectorsOf } from './vectors.js';

/** A Aᵀ */
function rowProducts(a: Vector, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++)
      for (let k = 0; k < columns; k++) out[i * rows + j] += a[i * columns + k] * a[j * columns + k];
  return out;
}

export const exponential = defineObjective({
  kind: 'exponential',
  summary: 'Exponentials of linear functions; one of each coordinate when no vectors are given.',
  formula: 'Σ_i exp(a_iᵀx)',
  latex: String.raw`\sum_i e^{a_i^\top x}`,
  source: 'a single one is (0, ‖a‖)-smooth: ∇²f = a aᵀ f, ∇f = a f',
  params: z
    .strictObject({
      vectors: tensor.optional().describe('a_i, one a row; the unit vectors when absent'),
      dimension: anyDimension,
    })
    .check(({ value, issues }) => {
      issues.push(...vectorIssues(value));
    }),
  example: { vectors: [[1, 0.5]] },
  knowledge: {
    smoothness: {
      constants:
        '(0, ‖a‖) for a single vector, (0, 1) for the coordinates, (0, ‖A‖²/σ_min(A)) for independent rows',
      l0({ vectors }, l1) {
        if (vectors === undefined) return l1 >= 1 ? 0 : Infinity;
        const { rows, columns, data } = vectorsOf(vectors);
        const products = rowProducts(data as Vector, rows, columns);
        const extremes = spectrum(products, rows);
        if (extremes === null || extremes.least <= 1e-12 * extremes.greatest) return null;
        if (l1 >= extremes.greatest / Math.sqrt(extremes.least)) return 0;
        return rows === 1 ? Infinity : null;
      },
    },
    minimum: { says: 'not below 0; the infimum is 0, not taken, when the vectors are independent' },
    convex: true,
  },
  build:
    ({ vectors, dimension }) =>
    (context) => {
      const n = vectors?.shape[1] ?? dimension ?? context.size ?? 1;
      const a: Vectors = vectors === undefined ? { rows: n, columns: n, data: null } : vectorsOf(vectors);
      return planFunction({
        layout: vectorLayout(n, context.dtype),
        flopsPerEvaluation: a.rows * (25 + (a.data === null ? 2 : 4 * n)),
        start: () => () => 1,
        scratch: 2 * a.rows + n,
        make() {
          const terms = new Float64Array(a.rows);
          const products = new Float64Array(a.rows);
          const sums = new Float64Array(n);
          return {
            valueAndGradient(x, gradient) {
              multiply(a, x, terms);
              let value = 0;
              for (let i = 0; i < a.rows; i++) value += terms[i] = math.exp(terms[i] as number);
              multiplyTransposed(a, terms, sums, gradient);
              return value;
            },
            hessianVectorProduct(x, v, out) {
              multiply(a, x, terms);
              multiply(a, v, products);
              for (let i = 0; i < a.rows; i++) products[i] *= math.exp(terms[i] as number);
              multiplyTransposed(a, products, sums, out);
            },
          };
        },
      });
    },
});
