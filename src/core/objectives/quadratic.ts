import { z } from 'zod';
import { Failure } from '../failure.js';
import type { Vector } from '../kernels/vector.js';
import { listOf, real } from '../schema.js';
import { numbersOf, tensor } from '../tensor.js';
import { defineObjective, MAX_DIMENSION, testFunction } from './objective.js';
import { spectrum } from './spectrum.js';

const params = z
  .strictObject({
    dimension: z.int().min(1).max(MAX_DIMENSION).optional(),
    matrix: tensor.optional().describe('A, symmetric, n x n'),
    diagonal: listOf(real(), 1_000_000).optional().describe('the diagonal of A'),
    linear: listOf(real(), 1_000_000).optional().describe('b; zero when absent'),
  })
  .check(({ value, issues }) => {
    const { dimension, matrix, diagonal, linear } = value;
    if (matrix !== undefined && diagonal !== undefined && diagonal.length > 0)
      issues.push({ code: 'custom', message: 'needs matrix or diagonal, not both', input: value });
    if (matrix !== undefined && (matrix.shape.length !== 2 || matrix.shape[0] !== matrix.shape[1]))
      issues.push({
        code: 'custom',
        message: `must be square, got shape [${matrix.shape.join(', ')}]`,
        input: matrix.shape,
        path: ['matrix', 'shape'],
      });
    else if (matrix !== undefined) {
      const at = asymmetry(numbersOf(matrix), matrix.shape[0] as number);
      if (at !== null)
        issues.push({
          code: 'custom',
          message: `must be symmetric, but entries (${at.join(', ')}) and (${[...at].reverse().join(', ')}) differ`,
          input: undefined,
          path: ['matrix'],
        });
    }
    const sizes = [matrix?.shape[0], diagonal?.length || undefined, dimension].filter((n) => n !== undefined);
    const n = sizes[0];
    if (sizes.some((size) => size !== n))
      issues.push({ code: 'custom', message: `sizes ${sizes.join(' and ')} disagree`, input: value });
    if (linear !== undefined && linear.length > 0 && n !== undefined && linear.length !== n)
      issues.push({
        code: 'custom',
        message: `needs ${n} entries, got ${linear.length}`,
        input: undefined,
        path: ['linear'],
      });
  });

function asymmetry(a: Vector, n: number): [number, number] | null {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) if (!(a[i * n + j] === a[j * n + i])) return [i, j];
  return null;
}

type Params = z.output<typeof params>;

function spectralNorm({ matrix, diagonal = [] }: Params): number | null {
  if (matrix === undefined) return diagonal.length === 0 ? 1 : Math.max(...extremes(diagonal).map(Math.abs));
  const found = spectrum(numbersOf(matrix), matrix.shape[0] as number);
  return found && Math.max(Math.abs(found.least), Math.abs(found.greatest));
}

const extremes = (list: readonly number[]): number[] => [
  list.reduce((a, b) => Math.min(a, b)),
  list.reduce((a, b) => Math.max(a, b)),
];

/** For a positive diagonal, the only form that needs no system of equations. */
function minimiser(
  { matrix, diagonal = [], linear = [] }: Params,
  n: number,
): { readonly at: number[]; readonly value: number } | null {
  if (matrix !== undefined || diagonal.some((d) => d <= 0)) return null;
  const at = Array.from({ length: n }, (_, i) => (linear[i] ?? 0) / (diagonal[i] ?? 1));
  return { at, value: at.reduce((sum, x, i) => sum - 0.5 * x * (linear[i] ?? 0), 0) };
}

export const quadratic = defineObjective({
  kind: 'quadratic',
  summary: '½ xᵀAx - bᵀx with A symmetric, given whole or by its diagonal; the identity when neither is.',
  formula: '½ xᵀAx - bᵀx',
  latex: String.raw`\tfrac12 x^\top A x - b^\top x`,
  source: 'L = ‖A‖₂; clipping only adds Δ0/(γTc) here',
  params,
  example: { diagonal: [1, 10] },
  knowledge: {
    smoothness: { constants: '(‖A‖₂, 0)', l0: spectralNorm },
    minimum: {
      says: '-½ bᵀA⁻¹b at A⁻¹b for A positive definite',
      value: (params, n) => minimiser(params, n)?.value ?? null,
      at: (params, n) => minimiser(params, n)?.at ?? null,
    },
  },
  build: ({ dimension, matrix, diagonal, linear }) => {
    const a = matrix && numbersOf(matrix);
    const d = diagonal !== undefined && diagonal.length > 0 ? diagonal : undefined;
    const b = linear !== undefined && linear.length > 0 ? linear : undefined;
    const given = dimension ?? matrix?.shape[0] ?? d?.length ?? b?.length;
    const multiply = (v: Vector, out: Vector): void => {
      const n = v.length;
      for (let i = 0; i < n; i++) {
        if (a === undefined) out[i] = d === undefined ? (v[i] as number) : (d[i] as number) * v[i];
        else {
          let sum = 0;
          for (let j = 0; j < n; j++) sum += a[i * n + j] * v[j];
          out[i] = sum;
        }
      }
    };
    return (context) => {
      const n = given ?? context.size ?? 2;
      if (a === undefined && d === undefined && b !== undefined && n !== b.length)
        throw new Failure('INVALID_FIELD', 'objective.quadratic.linear has another size than x', {
          violations: [
            { path: 'objective.quadratic.linear', message: `needs ${n} entries, got ${b.length}` },
          ],
        });
      return testFunction(n, n, context, {
        flopsPerCoordinate: a === undefined ? 6 : 2 * n + 6,
        start: () => 1,
        valueAndGradient(x, gradient) {
          multiply(x, gradient);
          let value = 0;
          for (let i = 0; i < x.length; i++) {
            const ax = gradient[i] as number;
            const bi = b === undefined ? 0 : (b[i] as number);
            value += x[i] * (0.5 * ax - bi);
            gradient[i] = ax - bi;
          }
          return value;
        },
        hessianVectorProduct: (_x, v, out) => multiply(v, out),
      });
    };
  },
});
