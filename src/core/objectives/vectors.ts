import type { Vector } from '../kernels/vector.js';
import { numbersOf, type Tensor } from '../tensor.js';

/** The vectors a_i of a function of the products a_iᵀx, one a row; null stands for the unit vectors. */
export interface Vectors {
  readonly rows: number;
  readonly columns: number;
  readonly data: Vector | null;
}

export const vectorsOf = ({ shape, ...rest }: Tensor): Vectors => ({
  rows: shape[0] as number,
  columns: shape[1] as number,
  data: numbersOf({ shape, ...rest }),
});

/** out ← A x */
export function multiply({ rows, columns, data }: Vectors, x: Vector, out: Vector): void {
  for (let i = 0; i < rows; i++) {
    if (data === null) out[i] = x[i] as number;
    else {
      let sum = 0;
      for (let j = 0; j < columns; j++) sum += data[i * columns + j] * x[j];
      out[i] = sum;
    }
  }
}

/** out ← Aᵀ w, summed in double in `sums`, which has one number a column. */
export function multiplyTransposed(
  { rows, columns, data }: Vectors,
  w: Vector,
  sums: Float64Array,
  out: Vector,
): void {
  if (data === null) out.set(w);
  else {
    sums.fill(0);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) sums[j] += data[i * columns + j] * w[i];
    out.set(sums);
  }
}

type Issue = { code: 'custom'; message: string; input: undefined; path: string[] };
export const refusal = (path: string, message: string): Issue => ({
  code: 'custom',
  message,
  input: undefined,
  path: [path],
});

/** What is wrong with vectors that are no matrix, or with a dimension or a list of one number a vector beside them. */
export function vectorIssues(
  { vectors, dimension }: { readonly vectors?: Tensor | undefined; readonly dimension?: number | undefined },
  name = '',
  numbers: readonly number[] = [],
): Issue[] {
  const [rows, columns] = vectors === undefined ? [dimension, dimension] : vectors.shape;
  if (vectors !== undefined && (vectors.shape.length !== 2 || vectors.shape.includes(0)))
    return [refusal('vectors', `must be vectors x coordinates, got shape [${vectors.shape.join(', ')}]`)];
  const issues: Issue[] = [];
  if (dimension !== undefined && dimension !== columns)
    issues.push(refusal('dimension', `vectors have ${columns} coordinates, got ${dimension}`));
  if (numbers.length > 0 && rows !== undefined && numbers.length !== rows)
    issues.push(refusal(name, `needs ${rows} entries, got ${numbers.length}`));
  return issues;
}
