import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { perTensor, type Shape, type Transform, zeros } from '../transform.js';

export interface FactoredOptions {
  /** 1 - β at step t is (t - decayOffset)^beta2Decay. */
  readonly beta2Decay: number;
  readonly decayOffset: number;
  /** The least √v; the machine epsilon of the element type when undefined. */
  readonly eps1?: number | undefined;
  /** Joins g². */
  readonly epsOnSquares: number;
  readonly factored: boolean;
  /** Both factored axes have at least this extent. */
  readonly minDimSizeToFactor: number;
  /** The two longest axes make the matrix, not the last two. */
  readonly longestAxes: boolean;
}

/** Of one tensor: mean squares of its rows and columns, or of its components. */
interface Factors {
  readonly row: Vector;
  readonly column: Vector;
}
type Moments = Factors | { readonly variance: Vector };

/** A tensor as matrices: rows x columns, `rowStride` and `columnStride` apart, with the first component at `starts`. */
interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  readonly starts: readonly number[];
}

const SINGLE_EPSILON = 1.1920928955078125e-7;

/** u ← g / max(√v, eps1) with v = row · column / mean(row), or v itself where nothing is factored. */
export function scaleByFactoredMoments(options: FactoredOptions): Transform {
  const layouts = new Map<Shape, Matrices | null>();
  const layoutOf = (shape: Shape): Matrices | null => {
    const known = layouts.get(shape);
    if (known !== undefined) return known;
    const layout = matricesOf(shape, options);
    layouts.set(shape, layout);
    return layout;
  };
  return perTensor<Moments>(
    (x, shape) => {
      const matrices = layoutOf(shape);
      if (matrices === null) return { variance: zeros(x) };
      const { rows, columns, starts } = matrices;
      return { row: zeros(x, starts.length * rows), column: zeros(x, starts.length * columns) };
    },
    (u, moments, _x, { count }, shape) => {
      if (u.length === 0) return;
      const eps1 = options.eps1 ?? (u instanceof Float32Array ? SINGLE_EPSILON : Number.EPSILON);
      const take = math.pow(Math.max(1, count - options.decayOffset), options.beta2Decay);
      if ('variance' in moments) byComponents(u, moments.variance, take, eps1, options.epsOnSquares);
      else byRowsAndColumns(u, moments, layoutOf(shape) as Matrices, take, eps1, options.epsOnSquares);
    },
  );
}

/** Which axes make the matrices; null where the tensor is not factored. */
function matricesOf(shape: Shape, options: FactoredOptions): Matrices | null {
  const { factored, minDimSizeToFactor, longestAxes } = options;
  if (!factored || shape.length < 2) return null;
  const axes = shape.map((_, axis) => axis);
  if (longestAxes) axes.sort((a, b) => (shape[a] as number) - (shape[b] as number) || a - b);
  const [a, b] = axes.slice(-2).sort((x, y) => x - y) as [number, number];
  if (Math.min(shape[a] as number, shape[b] as number) < minDimSizeToFactor) return null;
  const strideOf = (axis: number): number =>
    shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  let starts = [0];
  for (const axis of axes.toSorted((x, y) => x - y))
    if (axis !== a && axis !== b)
      starts = starts.flatMap((start) =>
        Array.from({ length: shape[axis] as number }, (_, i) => start + i * strideOf(axis)),
      );
  return {
    rows: shape[a] as number,
    columns: shape[b] as number,
    rowStride: strideOf(a),
    columnStride: strideOf(b),
    starts,
  };
}

function byComponents(u: Vector, v: Vector, take: number, eps1: number, onSquares: number): void {
  for (let i = 0; i < u.length; i++) {
    const vi = v[i] + (u[i] * u[i] + onSquares - v[i]) * take;
    v[i] = vi;
    u[i] = u[i] / Math.sqrt(Math.max(vi, eps1 * eps1));
  }
}

function byRowsAndColumns(
  u: Vector,
  { row, column }: Factors,
  { rows, columns, rowStride, columnStride, starts }: Matrices,
  take: number,
  eps1: number,
  onSquares: number,
): void {
  if (sums.length < columns) sums = new Float64Array(columns);
  for (let k = 0; k < starts.length; k++) {
    const start = starts[k] as number;
    const r = k * rows;
    const c = k * columns;
    sums.fill(0, 0, columns);
    let sumOfRows = 0;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < columns; j++) {
        const x = u[start + i * rowStride + j * columnStride] as number;
        const square = x * x + onSquares;
        sum += square;
        sums[j] += square;
      }
      row[r + i] += (sum / columns - row[r + i]) * take;
      sumOfRows += row[r + i];
    }
    for (let j = 0; j < columns; j++) column[c + j] += (sums[j] / rows - column[c + j]) * take;
    const mean = Math.max(sumOfRows / rows, eps1);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        const v = (row[r + i] / mean) * column[c + j];
        u[start + i * rowStride + j * columnStride] /= Math.sqrt(Math.max(v, eps1 * eps1));
      }
  }
}

/** Σ g² of each column, kept for the next call. */
let sums = new Float64Array(0);
