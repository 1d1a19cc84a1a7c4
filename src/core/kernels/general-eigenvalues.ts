/** The eigenvalues real + i·imaginary of a matrix, in no order. */
export interface Eigenvalues {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  /** False if the iteration did not end; then the numbers mean nothing. */
  readonly converged: boolean;
}

const EPSILON = Number.EPSILON;
/** An entry this small a part of the matrix is no number that an eigenvalue could depend on. */
const NOTHING = 1e-200;
/** Every so many sweeps without an eigenvalue the shift is taken elsewhere; LAPACK's number, like the limit. */
const EXCEPTIONAL = 10;
const SWEEPS = 30;

/**
 * The eigenvalues of an n x n matrix of finite numbers, real or complex, by the QR algorithm with Francis' double
 * shift (Golub and Van Loan, Matrix Computations, 7.5). Before it come what needs no arithmetic, eigenvalues that a
 * permutation brings to the diagonal of a triangle, and balancing (Parlett and Reinsch 1969) by powers of two: a
 * triangle, however permuted, gives its diagonal to the last bit. Only + - * / and √.
 */
export function generalEigenvalues(matrix: Float64Array, n: number): Eigenvalues {
  const real = new Float64Array(n);
  const imaginary = new Float64Array(n);
  const { isolated, rest } = strip(matrix, n);
  isolated.forEach((i, k) => {
    real[k] = matrix[i * n + i] as number;
  });
  const m = rest.length;
  const a = new Float64Array(m * m);
  rest.forEach((i, r) => {
    rest.forEach((j, c) => {
      a[r * m + c] = matrix[i * n + j] as number;
    });
  });
  balance(a, m);
  toHessenberg(a, m);
  const converged = francis(a, m, real.subarray(n - m), imaginary.subarray(n - m));
  return { real, imaginary, converged };
}

/** Indices whose row or column is zero but for the diagonal, once those before them are gone; and all others. */
function strip(a: Float64Array, n: number): { isolated: number[]; rest: number[] } {
  let rest = Array.from({ length: n }, (_, i) => i);
  const isolated: number[] = [];
  for (;;) {
    const i = rest.find(
      (i) =>
        rest.every((j) => j === i || a[i * n + j] === 0) || rest.every((j) => j === i || a[j * n + i] === 0),
    );
    if (i === undefined) return { isolated, rest };
    isolated.push(i);
    rest = rest.filter((j) => j !== i);
  }
}

/** Scales the matrix, then rows and columns against each other, by powers of two; overwrites it with one like it. */
function balance(a: Float64Array, n: number): void {
  for (let again = n > 1, round = 0; again && round < 100; round++) {
    again = false;
    for (let i = 0; i < n; i++) {
      let row = 0;
      let column = 0;
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        row += Math.abs(a[i * n + j] as number);
        column += Math.abs(a[j * n + i] as number);
      }
      if (row === 0 || column === 0) continue;
      const sum = row + column;
      let factor = 1;
      for (; column < row / 2; column *= 4, factor *= 2);
      for (; column >= row * 2; column /= 4, factor /= 2);
      if ((column + row) / factor >= 0.95 * sum) continue;
      again = true;
      for (let j = 0; j < n; j++) a[i * n + j] = (a[i * n + j] as number) / factor;
      for (let j = 0; j < n; j++) a[j * n + i] = (a[j * n + i] as number) * factor;
    }
  }
}

/** Overwrites the matrix with a similar one that is zero below the subdiagonal, by Householder's reflections. */
function toHessenberg(a: Float64Array, n: number): void {
  const v = new Float64Array(n);
  const sums = new Float64Array(n);
  for (let k = 0; k + 2 < n; k++) {
    let max = 0;
    for (let i = k + 2; i < n; i++) max = Math.max(max, Math.abs(a[i * n + k] as number));
    if (max === 0) continue;
    max = Math.max(max, Math.abs(a[(k + 1) * n + k] as number));
    let squares = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = (a[i * n + k] as number) / max;
      squares += (v[i] as number) * (v[i] as number);
    }
    const head = v[k + 1] as number;
    const length = head > 0 ? -Math.sqrt(squares) : Math.sqrt(squares);
    const beta = squares - head * length;
    v[k + 1] = head - length;
    // From the left: rows k + 1 and below, I - v vᵀ / β.
    sums.fill(0);
    for (let i = k + 1; i < n; i++)
      for (let j = k + 1; j < n; j++) sums[j] += (v[i] as number) * (a[i * n + j] as number);
    for (let i = k + 1; i < n; i++) {
      const f = (v[i] as number) / beta;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= f * (sums[j] as number);
    }
    // From the right: columns k + 1 and beyond.
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += (a[i * n + j] as number) * (v[j] as number);
      const f = sum / beta;
      for (let j = k + 1; j < n; j++) a[i * n + j] -= f * (v[j] as number);
    }
    a[(k + 1) * n + k] = length * max;
    for (let i = k + 2; i < n; i++) a[i * n + k] = 0;
  }
}

/** QR sweeps over a Hessenberg matrix, which they overwrite, from the bottom up; false if they did not end. */
function francis(h: Float64Array, n: number, real: Float64Array, imaginary: Float64Array): boolean {
  let norm = 0;
  for (const v of h) norm = Math.max(norm, Math.abs(v));
  let hi = n - 1;
  /** What exceptional shifts took from the diagonal. */
  let shifted = 0;
  let sweeps = 0;
  while (hi >= 0) {
    const lo = activeFrom(h, n, hi, norm);
    if (lo === hi) {
      real[hi] = (h[hi * n + hi] as number) + shifted;
      hi -= 1;
      sweeps = 0;
    } else if (lo === hi - 1) {
      ofTwo(h, n, hi, shifted, real, imaginary);
      hi -= 2;
      sweeps = 0;
    } else {
      if (sweeps === SWEEPS * Math.max(10, n)) return false;
      shifted += sweep(h, n, lo, hi, sweeps);
      sweeps++;
    }
  }
  return true;
}

/** The first row of the last block that the subdiagonal does not split; zeroes what splits it. */
function activeFrom(h: Float64Array, n: number, hi: number, norm: number): number {
  for (let l = hi; l > 0; l--) {
    const below = Math.abs(h[l * n + l - 1] as number);
    const sum = Math.abs(h[(l - 1) * n + l - 1] as number) + Math.abs(h[l * n + l] as number);
    if (below > EPSILON * (sum === 0 ? norm : sum) && below > NOTHING * norm) continue;
    h[l * n + l - 1] = 0;
    return l;
  }
  return 0;
}

/** The two eigenvalues of the block in rows and columns hi - 1 and hi. */
function ofTwo(
  h: Float64Array,
  n: number,
  hi: number,
  shifted: number,
  real: Float64Array,
  imaginary: Float64Array,
): void {
  const x = h[hi * n + hi] as number;
  const product = (h[hi * n + hi - 1] as number) * (h[(hi - 1) * n + hi] as number);
  const p = ((h[(hi - 1) * n + hi - 1] as number) - x) / 2;
  const q = p * p + product;
  const root = Math.sqrt(Math.abs(q));
  if (q >= 0) {
    const z = p >= 0 ? p + root : p - root;
    real[hi - 1] = x + shifted + z;
    real[hi] = z === 0 ? x + shifted : x + shifted - product / z;
  } else {
    real[hi - 1] = x + shifted + p;
    real[hi] = x + shifted + p;
    imaginary[hi - 1] = root;
    imaginary[hi] = -root;
  }
}

/** One double QR sweep over rows lo ... hi; returns what it took from the diagonal. */
function sweep(h: Float64Array, n: number, lo: number, hi: number, sweeps: number): number {
  const at = (i: number, j: number): number => h[i * n + j] as number;
  let x = at(hi, hi);
  let y = at(hi - 1, hi - 1);
  let w = at(hi, hi - 1) * at(hi - 1, hi);
  let taken = 0;
  if (sweeps > 0 && sweeps % EXCEPTIONAL === 0) {
    taken = x;
    for (let i = 0; i <= hi; i++) h[i * n + i] -= taken;
    const s = Math.abs(at(hi, hi - 1)) + Math.abs(at(hi - 1, hi - 2));
    x = 0.75 * s;
    y = x;
    w = -0.4375 * s * s;
  }
  let p = 0;
  let q = 0;
  let r = 0;
  /** Where two consecutive small subdiagonal entries let the sweep begin. */
  let m = hi - 2;
  for (; ; m--) {
    const z = at(m, m);
    const rest = x - z;
    const other = y - z;
    p = (rest * other - w) / at(m + 1, m) + at(m, m + 1);
    q = at(m + 1, m + 1) - z - rest - other;
    r = at(m + 2, m + 1);
    const s = Math.abs(p) + Math.abs(q) + Math.abs(r);
    p /= s;
    q /= s;
    r /= s;
    if (m === lo) break;
    const small = Math.abs(at(m, m - 1)) * (Math.abs(q) + Math.abs(r));
    const diagonal = Math.abs(at(m - 1, m - 1)) + Math.abs(z) + Math.abs(at(m + 1, m + 1));
    if (small <= EPSILON * Math.abs(p) * diagonal) break;
  }
  for (let i = m + 2; i <= hi; i++) {
    h[i * n + i - 2] = 0;
    if (i > m + 2) h[i * n + i - 3] = 0;
  }
  for (let k = m; k < hi; k++) {
    const three = k < hi - 1;
    let size = 1;
    if (k > m) {
      p = at(k, k - 1);
      q = at(k + 1, k - 1);
      r = three ? at(k + 2, k - 1) : 0;
      size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size === 0) continue;
      p /= size;
      q /= size;
      r /= size;
    }
    const length = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -length : length;
    if (s === 0) continue;
    if (k > m) h[k * n + k - 1] = -s * size;
    else if (lo < m) h[k * n + k - 1] = -at(k, k - 1);
    p += s;
    const fx = p / s;
    const fy = q / s;
    const fz = r / s;
    q /= p;
    r /= p;
    for (let j = k; j <= hi; j++) {
      const sum = at(k, j) + q * at(k + 1, j) + (three ? r * at(k + 2, j) : 0);
      h[k * n + j] -= sum * fx;
      h[(k + 1) * n + j] -= sum * fy;
      if (three) h[(k + 2) * n + j] -= sum * fz;
    }
    for (let i = lo, end = Math.min(hi, k + 3); i <= end; i++) {
      const sum = fx * at(i, k) + fy * at(i, k + 1) + (three ? fz * at(i, k + 2) : 0);
      h[i * n + k] -= sum;
      h[i * n + k + 1] -= sum * q;
      if (three) h[i * n + k + 2] -= sum * r;
    }
  }
  return taken;
}
