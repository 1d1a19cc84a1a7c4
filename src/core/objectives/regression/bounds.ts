import type { Vector } from '../../kernels/vector.js';
import { numbersOf, type Tensor } from '../../tensor.js';
import { gram, spectrum } from '../spectrum.js';
import type { RegressionParams } from './data.js';

interface Rows {
  readonly x: Vector;
  readonly y: Vector;
  readonly rows: number;
  readonly columns: number;
}

/** The rows of a request, with a column of ones for the intercept; null for a named data set. */
function rowsOf({ data, intercept }: RegressionParams): Rows | null {
  const inline = data['inline'] as { readonly features: Tensor; readonly targets: Tensor } | undefined;
  if (inline === undefined) return null;
  const [rows = 0, features = 0] = inline.features.shape;
  const columns = features + +intercept;
  const given = numbersOf(inline.features);
  const x = new Float64Array(rows * columns).fill(1);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < features; j++) x[i * columns + j] = given[i * features + j] as number;
  return { x, y: numbersOf(inline.targets), rows, columns };
}

/** factor · λ_max(XᵀX)/n + l2 */
export const gramBound =
  (factor: number) =>
  (params: RegressionParams): number | null => {
    const found = rowsOf(params);
    if (found === null) return null;
    const { x, rows, columns } = found;
    const extremes = spectrum(gram(x, rows, columns), columns);
    return extremes && (factor * extremes.greatest) / rows + params.l2;
  };

const quarter = gramBound(0.25);
/** The whole frontier for a single row; for several, the L0 that needs no L1. */
export function logisticBound(params: RegressionParams, l1: number): number | null {
  const size = sizeOfOnlyRow(params);
  if (size === null || params.l2 > 0) return quarter(params);
  const rest = Math.max(0, size - l1);
  return (rest * rest) / 4;
}

/** e^z ‖x‖² <= y ‖x‖² + ‖x‖ · |e^z - y| ‖x‖ for a single row. */
export function poissonBound(params: RegressionParams, l1: number): number | null {
  const size = sizeOfOnlyRow(params);
  if (size === null || params.l2 > 0) return null;
  return l1 >= size ? ((rowsOf(params) as Rows).y[0] as number) * size * size : Infinity;
}

function sizeOfOnlyRow(params: RegressionParams): number | null {
  const found = rowsOf(params);
  if (found === null || found.rows !== 1) return null;
  let square = 0;
  for (let j = 0; j < found.columns; j++) square += found.x[j] * found.x[j];
  return Math.sqrt(square);
}
