import { createHeap } from '../kernels/heap.js';
import { scale, type Vector } from '../kernels/vector.js';
import { normOf } from './trust-ratio.js';

export type Preconditioning = 'frobenius' | 'spectral' | 'aol' | 'schatten';

export interface NewtonSchulz {
  /** Three coefficients of each iteration. */
  readonly coefficients: readonly (readonly number[])[];
  readonly preconditioning: Preconditioning;
  readonly eps: number;
}

/** Room for matrices of one shape, the shorter side m first. */
interface Room {
  readonly m: number;
  readonly n: number;
  readonly products: ReturnType<typeof createHeap>;
  readonly x: Float64Array;
  readonly bx: Float64Array;
  readonly gram: Float64Array;
  readonly b: Float64Array;
}

function newRoom(m: number, n: number): Room {
  const products = createHeap(8 * (2 * m * n + 2 * m * m) + 64);
  const [x, bx] = [products.f64(m * n), products.f64(m * n)];
  return { m, n, products, x, bx, gram: products.f64(m * m), b: products.f64(m * m) };
}

/** Operations for a matrix of this shape. */
export const flopsOf = (rows: number, columns: number, iterations: number): number => {
  const m = Math.min(rows, columns);
  return iterations * m * m * (4 * Math.max(rows, columns) + 2 * m);
};

/**
 * Turns matrices into nearly orthogonal ones with the same singular vectors, in place: X ← a X + (b A + c A²) X with
 * A = X Xᵀ, in double, on X of at most as many rows as columns.
 */
export function newOrthogonalizer(options: NewtonSchulz): (x: Vector, rows: number, columns: number) => void {
  const rooms = new Map<string, Room>();
  return (matrix, rows, columns) => {
    if (matrix.length === 0) return;
    const tall = rows > columns;
    const [m, n] = tall ? [columns, rows] : [rows, columns];
    const room = rooms.get(`${m} ${n}`) ?? newRoom(m, n);
    rooms.set(`${m} ${n}`, room);
    if (tall) transpose(matrix, room.x, rows, columns);
    else room.x.set(matrix);
    precondition(room, options);
    for (const coefficients of options.coefficients) iterate(room, coefficients);
    if (tall) transpose(room.x, matrix, columns, rows);
    else matrix.set(room.x);
  };
}

function iterate(
  { m, n, products, x, bx, gram, b }: Room,
  [c0 = 0, c1 = 0, c2 = 0]: readonly number[],
): void {
  products.matmulNT(gram, x, x, m, m, n);
  products.matmulNN(b, gram, gram, m, m, m);
  for (let i = 0; i < b.length; i++) b[i] = c1 * (gram[i] as number) + c2 * (b[i] as number);
  products.matmulNN(bx, b, x, m, n, m);
  for (let i = 0; i < x.length; i++) x[i] = c0 * (x[i] as number) + (bx[i] as number);
}

/** Brings the singular values to at most 1, or near it. */
function precondition(room: Room, { preconditioning, eps }: NewtonSchulz): void {
  const { m, n, products, x, gram } = room;
  if (preconditioning !== 'frobenius') products.matmulNT(gram, x, x, m, m, n);
  if (preconditioning === 'aol') scaleRows(room, eps);
  else scale(x, 1 / sizeOf(room, preconditioning, eps));
}

function sizeOf({ m, x, gram }: Room, preconditioning: Preconditioning, eps: number): number {
  if (preconditioning === 'schatten') return Math.sqrt(Math.max(normOf(gram), eps));
  return (preconditioning === 'spectral' ? Math.sqrt(greatestEigenvalue(gram, m)) : normOf(x)) + eps;
}

/** Almost orthogonal layers: each row by the root of the sum of |X Xᵀ| in it. */
function scaleRows({ m, n, x, gram }: Room, eps: number): void {
  for (let i = 0; i < m; i++) {
    let sum = 0;
    for (let j = 0; j < m; j++) sum += Math.abs(gram[i * m + j] as number);
    scale(x.subarray(i * n, (i + 1) * n), 1 / Math.sqrt(Math.max(sum, eps)));
  }
}

function transpose(from: Vector, to: Vector, rows: number, columns: number): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j] as number;
}

/** By Jacobi's rotations, which destroy the symmetric matrix `a` (m x m). */
function greatestEigenvalue(a: Float64Array, m: number): number {
  for (let sweep = 0; sweep < 60; sweep++) {
    let rotated = false;
    for (let p = 0; p < m; p++) for (let q = p + 1; q < m; q++) rotated = rotate(a, m, p, q) || rotated;
    if (!rotated) break;
  }
  let greatest = 0;
  for (let i = 0; i < m; i++) greatest = Math.max(greatest, a[i * m + i] as number);
  return greatest;
}

/** Makes a[p, q] zero by a rotation of rows and columns p and q; false where it is negligible already. */
function rotate(a: Float64Array, m: number, p: number, q: number): boolean {
  const apq = a[p * m + q] as number;
  const app = a[p * m + p] as number;
  const aqq = a[q * m + q] as number;
  if (!(Math.abs(apq) > 1e-17 * (Math.abs(app) + Math.abs(aqq)))) return false;
  const theta = (aqq - app) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < m; k++) mix(a, k * m + p, k * m + q, c, s);
  for (let k = 0; k < m; k++) mix(a, p * m + k, q * m + k, c, s);
  return true;
}

function mix(a: Float64Array, i: number, j: number, c: number, s: number): void {
  const x = a[i] as number;
  const y = a[j] as number;
  a[i] = c * x - s * y;
  a[j] = s * x + c * y;
}
