const MAX_SWEEPS = 60;

/**
 * The eigenvalues of a symmetric n x n matrix by Jacobi's rotations, in no order. Overwrites the matrix. `vectors`, an
 * orthogonal matrix, is multiplied by the rotations: with the identity, column i becomes the eigenvector of value i.
 */
export function eigenvalues(a: Float64Array, n: number, vectors?: Float64Array): Float64Array {
  for (let sweep = 0; sweep < MAX_SWEEPS && offDiagonal(a, n) > 0; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, n, p, q, vectors);
  const values = new Float64Array(n);
  for (let i = 0; i < n; i++) values[i] = a[i * n + i] as number;
  return values;
}

/** The greatest entry off the diagonal that would change an eigenvalue's last digits, or 0. */
function offDiagonal(a: Float64Array, n: number): number {
  let greatest = 0;
  let size = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      const v = Math.abs(a[i * n + j] as number);
      if (v > size) size = v;
      if (i !== j && v > greatest) greatest = v;
    }
  return greatest > 1e-17 * size ? greatest : 0;
}

/** Makes the entry (p, q) zero. */
function rotate(a: Float64Array, n: number, p: number, q: number, vectors?: Float64Array): void {
  const apq = a[p * n + q] as number;
  if (apq === 0) return;
  const theta = ((a[q * n + q] as number) - (a[p * n + p] as number)) / (2 * apq);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const x = a[k * n + p] as number;
    const y = a[k * n + q] as number;
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = a[p * n + k] as number;
    const y = a[q * n + k] as number;
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
  }
  if (vectors === undefined) return;
  for (let k = 0; k < n; k++) {
    const x = vectors[k * n + p] as number;
    const y = vectors[k * n + q] as number;
    vectors[k * n + p] = c * x - s * y;
    vectors[k * n + q] = s * x + c * y;
  }
}
