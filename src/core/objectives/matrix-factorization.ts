import { z } from 'zod';
import { normals, STREAM_START, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { layoutOf, tensorShape } from '../layout.js';
import { real } from '../schema.js';
import { numbersOf, tensor } from '../tensor.js';
import { everywhere } from './knowledge.js';
import { defineObjective, planFunction } from './objective.js';

/** M is m x n; a vector of parameters is U (m x r), then V (n x r). */
interface Sizes {
  readonly m: number;
  readonly n: number;
  readonly r: number;
}

/** e ← e + U Vᵀ with the U of x and the V of y. */
function addProduct({ m, n, r }: Sizes, x: Vector, y: Vector, e: Float64Array): void {
  for (let i = 0; i < m; i++)
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < r; k++) sum += x[i * r + k] * y[(m + j) * r + k];
      e[i * n + j] += sum;
    }
}

/** (U, V) of out ← (U, V) of out + (E V, Eᵀ U) with the U and V of x. */
function addGradient({ m, n, r }: Sizes, e: Float64Array, x: Vector, out: Vector): void {
  for (let i = 0; i < m; i++)
    for (let k = 0; k < r; k++) {
      let sum = 0;
      for (let j = 0; j < n; j++) sum += e[i * n + j] * x[(m + j) * r + k];
      out[i * r + k] += sum;
    }
  for (let j = 0; j < n; j++)
    for (let k = 0; k < r; k++) {
      let sum = 0;
      for (let i = 0; i < m; i++) sum += e[i * n + j] * x[i * r + k];
      out[(m + j) * r + k] += sum;
    }
}

export const matrixFactorization = defineObjective({
  kind: 'matrixFactorization',
  summary: 'A matrix as a product of two of low rank, with an optional penalty on both. Not (L0, L1)-smooth.',
  formula: '½ ‖U Vᵀ - M‖² + (ridge/2) (‖U‖² + ‖V‖²)',
  latex: String.raw`\tfrac12 \lVert U V^\top - M \rVert_F^2 + \frac{\lambda}{2} \left( \lVert U \rVert_F^2 + \lVert V \rVert_F^2 \right)`,
  source: 'on U Vᵀ = M the gradient is 0 and the curvature unbounded',
  params: z
    .strictObject({
      matrix: tensor.describe('M, m x n'),
      rank: z.int().min(1).max(65536).default(1).describe('columns of U (m x rank) and V (n x rank)'),
      ridge: real({ min: 0 }).default(0).describe('λ of (λ/2)(‖U‖² + ‖V‖²)'),
    })
    .check(({ value: { matrix }, issues }) => {
      if (matrix.shape.length !== 2 || matrix.shape.includes(0))
        issues.push({
          code: 'custom',
          message: `must be rows x columns, got shape [${matrix.shape.join(', ')}]`,
          input: undefined,
          path: ['matrix'],
        });
    }),
  example: {
    matrix: [
      [2, 1],
      [1, 2],
      [0, 1],
    ],
    rank: 1,
  },
  knowledge: {
    smoothness: {
      none: 'on U Vᵀ = M the gradient is 0 and the curvature ‖U‖² + ‖V‖² as great as one likes; a ridge does not help',
      witness({ matrix, rank, ridge }, t) {
        const [m = 0, n = 0] = matrix.shape;
        const x = everywhere(0, (m + n) * rank);
        x[0] = t;
        for (let j = 0; j < n; j++)
          x[(m + j) * rank] = (numbersOf(matrix)[j] as number) * (t / (t * t + ridge));
        return x;
      },
      // ‖∇²f‖ <= ‖U‖² + ‖V‖² + ‖R‖ + λ, ‖R‖ <= (1 + ‖R‖²)/2 and f = (‖R‖² + λ ‖U‖² + λ ‖V‖²)/2.
      lossBound: ({ ridge }) => (ridge > 0 ? { h0: ridge + 0.5, h1: Math.max(1, 2 / ridge) } : null),
    },
    minimum: {
      says: 'half the sum of the squares of the singular values of M beyond the rank, without a ridge',
      value: ({ matrix, rank, ridge }) =>
        ridge === 0 && matrix.shape.some((size) => size <= rank) ? 0 : null,
    },
    convex: false,
  },
  build:
    ({ matrix, rank: r, ridge }) =>
    ({ dtype, seed }) => {
      const [m = 0, n = 0] = matrix.shape;
      const sizes = { m, n, r };
      const layout = layoutOf(dtype ?? 'float64', [tensorShape('U', [m, r]), tensorShape('V', [n, r])]);
      return planFunction({
        layout,
        flopsPerEvaluation: 6 * m * n * r,
        scratch: 2 * m * n,
        start: () => normals(words(seed, STREAM_START, 0)),
        make() {
          const target = numbersOf(matrix);
          const rest = new Float64Array(m * n);
          const change = new Float64Array(m * n);
          const residual = (x: Vector): void => {
            for (let i = 0; i < rest.length; i++) rest[i] = -(target[i] as number);
            addProduct(sizes, x, x, rest);
          };
          return {
            valueAndGradient(x, gradient) {
              residual(x);
              let value = 0;
              for (let i = 0; i < rest.length; i++) value += rest[i] * rest[i];
              let penalty = 0;
              for (let i = 0; i < x.length; i++) {
                penalty += x[i] * x[i];
                gradient[i] = ridge * x[i];
              }
              addGradient(sizes, rest, x, gradient);
              return 0.5 * (value + ridge * penalty);
            },
            hessianVectorProduct(x, v, out) {
              residual(x);
              change.fill(0);
              addProduct(sizes, v, x, change);
              addProduct(sizes, x, v, change);
              for (let i = 0; i < x.length; i++) out[i] = ridge * v[i];
              addGradient(sizes, change, x, out);
              addGradient(sizes, rest, v, out);
            },
          };
        },
      });
    },
});
