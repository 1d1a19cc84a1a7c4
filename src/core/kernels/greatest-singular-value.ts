/** Memory for n x n matrices, so that a sequence of them allocates once. */
export interface SingularWork {
  readonly n: number;
  readonly gram: Float64Array;
  readonly v: Float64Array;
  readonly w: Float64Array;
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
}

export const singularWork = (n: number): SingularWork => ({
  n,
  gram: new Float64Array(n * n),
  v: new Float64Array(n),
  w: new Float64Array(n),
  diagonal: new Float64Array(n),
  beside: new Float64Array(n),
});

/** Operations that one greatest singular value takes. */
export const singularFlops = (n: number): number => 4 * n * n * n + 300 * n;

/**
 * ‖A‖₂ of an n x n matrix whose greatest entry is between 1e-100 and 1e100: the root of the greatest eigenvalue of
 * AᵀA, which Householder's reflections make tridiagonal and bisection finds (Golub and Van Loan, Matrix Computations,
 * 8.3 and 8.4). AᵀA costs the small singular values their digits, not the greatest. Only + - * / and √.
 */
export function greatestSingularValue(a: Float64Array, work: SingularWork): number {
  gramMatrix(a, work);
  tridiagonalize(work);
  return Math.sqrt(greatestEigenvalue(work));
}

/** gram ← AᵀA */
function gramMatrix(a: Float64Array, { n, gram }: SingularWork): void {
  gram.fill(0);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) {
      const f = a[k * n + i] as number;
      if (f === 0) continue;
      for (let j = 0; j <= i; j++) gram[i * n + j] += f * (a[k * n + j] as number);
    }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) gram[j * n + i] = gram[i * n + j] as number;
}

/** diagonal and beside of a tridiagonal matrix like gram, which is overwritten. */
function tridiagonalize({ n, gram, v, w, diagonal, beside }: SingularWork): void {
  for (let k = 0; k < n; k++) {
    diagonal[k] = gram[k * n + k] as number;
    if (k + 1 === n) return;
    let max = 0;
    for (let i = k + 1; i < n; i++) max = Math.max(max, Math.abs(gram[i * n + k] as number));
    beside[k] = max;
    if (max === 0) continue;
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = (gram[i * n + k] as number) / max;
      squares += (v[i] as number) * (v[i] as number);
    }
    const head = v[k + 1] as number;
    const length = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    beside[k] = length * max;
    const beta = squares - head * length;
    v[k + 1] = head - length;
    // G ← (I - v vᵀ/β) G (I - v vᵀ/β) = G - v wᵀ - w vᵀ with w = G v/β - (vᵀG v/2β²) v.
    let product = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += (gram[i * n + j] as number) * (v[j] as number);
      w[i] = sum / beta;
      product += (w[i] as number) * (v[i] as number);
    }
    const half = product / (2 * beta);
    for (let i = k + 1; i < n; i++) w[i] -= half * (v[i] as number);
    for (let i = k + 1; i < n; i++) {
      const vi = v[i] as number;
      const wi = w[i] as number;
      for (let j = k + 1; j < n; j++) gram[i * n + j] -= vi * (w[j] as number) + wi * (v[j] as number);
    }
  }
}

/** By bisection between the greatest entry of the diagonal and Gershgorin's bound, to the last bit. */
function greatestEigenvalue({ n, diagonal, beside }: SingularWork): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < n; i++) {
    const left = i === 0 ? 0 : Math.abs(beside[i - 1] as number);
    const right = i + 1 === n ? 0 : Math.abs(beside[i] as number);
    low = Math.max(low, diagonal[i] as number);
    high = Math.max(high, (diagonal[i] as number) + left + right);
  }
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return high;
    if (isAbove(middle, n, diagonal, beside)) high = middle;
    else low = middle;
  }
}

/** Whether x is above every eigenvalue: T - x I has negative pivots only (Sturm). */
function isAbove(x: number, n: number, diagonal: Float64Array, beside: Float64Array): boolean {
  let pivot = (diagonal[0] as number) - x;
  for (let i = 1; i < n; i++) {
    if (pivot >= 0) return false;
    const b = beside[i - 1] as number;
    pivot = (diagonal[i] as number) - x - (b * b) / pivot;
  }
  return pivot < 0;
}
