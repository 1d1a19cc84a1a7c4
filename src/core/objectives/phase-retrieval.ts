import { z } from 'zod';
import { normals, STREAM_DATA, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { listOf, real } from '../schema.js';
import { type Tensor, tensor } from '../tensor.js';
import { anyDimension, defineObjective, planFunction, vectorLayout } from './objective.js';
import { gram, spectrum } from './spectrum.js';
import { multiply, multiplyTransposed, refusal, type Vectors, vectorIssues, vectorsOf } from './vectors.js';

/** A signal, vectors and what is measured of it, all standard normal; equal for equal seeds. */
function draw(rows: number, columns: number, seed: number): { vectors: Vectors; targets: Float64Array } {
  const next = normals(words(seed, STREAM_DATA, 0));
  const signal = Float64Array.from({ length: columns }, next);
  const data = Float64Array.from({ length: rows * columns }, next);
  const vectors = { rows, columns, data };
  const targets = new Float64Array(rows);
  multiply(vectors, signal, targets);
  for (let i = 0; i < rows; i++) targets[i] *= targets[i] as number;
  return { vectors, targets };
}

/** 4 max over r of 3Λr² + Y - L1 (μr³ - Yr)₊: the Hessian is at most 4 (3Λr² + Y), the gradient at least 4 (μr³ - Yr). */
function leastOfRadius(
  {
    vectors,
    targets = [],
  }: { readonly vectors?: Tensor | undefined; readonly targets?: readonly number[] | undefined },
  l1: number,
): number | null {
  if (vectors === undefined) return null;
  const { rows, columns, data } = vectorsOf(vectors);
  const a = data as Vector;
  const second = spectrum(gram(a, rows, columns), columns);
  const measured = spectrum(gram(a, rows, columns, targets), columns);
  if (second === null || measured === null) return null;
  const least = second.least / rows;
  const mu = least * least;
  if (l1 === 0 || second.least <= 1e-12 * second.greatest) return Infinity;
  const y = Math.max(Math.abs(measured.least), Math.abs(measured.greatest)) / rows;
  let lambda = 0;
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let j = 0; j < columns; j++) square += a[i * columns + j] * a[i * columns + j];
    lambda += (square * square) / rows;
  }
  const free = Math.sqrt(y / mu);
  const peak = (3 * lambda + Math.sqrt(9 * lambda * lambda + 3 * l1 * l1 * mu * y)) / (3 * l1 * mu);
  const r = Math.max(free, peak);
  return 4 * (3 * lambda * r * r + y - l1 * (mu * r * r * r - y * r));
}

export const phaseRetrieval = defineObjective({
  kind: 'phaseRetrieval',
  summary:
    'A vector from the squares of its products with others, given, or drawn from the seed together with a solution.',
  formula: '(1/m) Σ_i ((a_iᵀx)² - y_i)²',
  latex: String.raw`\frac1m \sum_i \left( (a_i^\top x)^2 - y_i \right)^2`,
  source: 'Candès, Li, Soltanolkotabi 2015; (L0, L1)-smooth where the a_i span the space',
  params: z
    .strictObject({
      vectors: tensor.optional().describe('a_i, one a row; standard normal numbers when absent'),
      targets: listOf(real(), 1_000_000).optional().describe('y_i, one a vector'),
      dimension: anyDimension,
      count: z.int().min(1).max(100_000_000).optional().describe('vectors to draw; 8 for each coordinate'),
    })
    .check(({ value, issues }) => {
      const { vectors, targets = [], count } = value;
      if ((vectors === undefined) !== (targets.length === 0))
        issues.push(refusal('targets', 'and vectors go together'));
      else issues.push(...vectorIssues(value, 'targets', targets));
      if (vectors !== undefined && count !== undefined)
        issues.push(refusal('count', 'is for vectors that are drawn; these are given'));
    }),
  example: { dimension: 3, count: 24 },
  knowledge: {
    smoothness: {
      constants:
        'every L1 > 0 has an L0 when the vectors span: 4 max_r 3Λr² + Y - L1 (μr³ - Yr)₊ with Λ = mean ‖a_i‖⁴, Y = ‖mean y_i a_i a_iᵀ‖, μ = λ_min(mean a_i a_iᵀ)²',
      l0: leastOfRadius,
    },
    minimum: {
      says: 'not below 0; 0 at the signal and its opposite when drawn',
      value: ({ vectors }) => (vectors === undefined ? 0 : null),
    },
  },
  build:
    ({ vectors, targets, dimension, count }) =>
    (context) => {
      const n = vectors?.shape[1] ?? dimension ?? context.size ?? 4;
      const m = vectors?.shape[0] ?? count ?? 8 * n;
      return planFunction({
        layout: vectorLayout(n, context.dtype),
        flopsPerEvaluation: m * (4 * n + 8) + (vectors === undefined ? 40 * n : 0),
        start: () => () => 1,
        scratch: 2 * m + n + (vectors === undefined ? m * (n + 1) + n : 0),
        make() {
          const { vectors: a, targets: y } =
            vectors === undefined || targets === undefined
              ? draw(m, n, context.seed)
              : { vectors: vectorsOf(vectors), targets };
          const products = new Float64Array(m);
          const tangents = new Float64Array(m);
          const sums = new Float64Array(n);
          return {
            valueAndGradient(x, gradient) {
              multiply(a, x, products);
              let value = 0;
              for (let i = 0; i < m; i++) {
                const product = products[i] as number;
                const rest = product * product - (y[i] as number);
                value += rest * rest;
                products[i] = (4 * rest * product) / m;
              }
              multiplyTransposed(a, products, sums, gradient);
              return value / m;
            },
            hessianVectorProduct(x, v, out) {
              multiply(a, x, products);
              multiply(a, v, tangents);
              for (let i = 0; i < m; i++) {
                const product = products[i] as number;
                tangents[i] *= (4 * (3 * product * product - (y[i] as number))) / m;
              }
              multiplyTransposed(a, tangents, sums, out);
            },
          };
        },
      });
    },
});
