import { generalEigenvalues } from '../../kernels/general-eigenvalues.js';
import { greatestSingularValue, singularWork } from '../../kernels/greatest-singular-value.js';
import { exponentOf, timesPowerOfTwo } from '../../kernels/power-of-two.js';
import { multiply, type ProductNorms, productFlops, productNorms } from '../../kernels/product-norms.js';
import { maxAbs } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';

export interface Eigenvalue {
  readonly real: number;
  readonly imaginary: number;
  readonly modulus: number;
}

/** ρ(W) and σ_max(W) = ‖W‖₂ of a square matrix. */
export interface Spectrum {
  readonly spectralRadius: number;
  readonly greatestSingularValue: number;
  /** By modulus, the greatest first; of a pair the one above the axis. */
  readonly eigenvalues: readonly Eigenvalue[];
}

/** log₂ of the power that the growth of a matrix is read from. */
const SQUARINGS = 16;
/** 2^16 */
const POWER = 65536;
const LN2 = Math.LN2;

/** Operations of `spectrumOf` and `growthDegree`; QR sweeps without eigenvectors take about 10 n³. */
export const spectrumFlops = (n: number): number => 15 * n * n * n + SQUARINGS * productFlops(n);
export const powersFlops = (n: number, steps: number): number => steps * productFlops(n);

/** The matrix over a power of two that leaves its greatest entry in [1, 2), and that power's exponent. */
function normalized(w: Float64Array): { scaled: Float64Array; exponent: number } {
  const max = maxAbs(w);
  const exponent = max === 0 ? 0 : exponentOf(max);
  return { scaled: w.map((v) => timesPowerOfTwo(v, -exponent)), exponent };
}

export function spectrumOf(w: Float64Array, n: number): Spectrum {
  const { scaled, exponent } = normalized(w);
  const { real, imaginary, converged } = generalEigenvalues(scaled, n);
  const unscaled = (v: number): number => timesPowerOfTwo(v, exponent);
  const eigenvalues = Array.from(real, (re, i): Eigenvalue => {
    const im = imaginary[i] as number;
    return { real: unscaled(re), imaginary: unscaled(im), modulus: unscaled(modulusOf(re, im)) };
  }).sort((a, b) => b.modulus - a.modulus || b.real - a.real || b.imaginary - a.imaginary);
  return {
    spectralRadius: converged ? (eigenvalues[0]?.modulus ?? 0) : math.exp(rateOf(w, n)),
    greatestSingularValue: unscaled(greatestSingularValue(scaled, singularWork(n))),
    eigenvalues: converged ? eigenvalues : [],
  };
}

function modulusOf(re: number, im: number): number {
  const a = Math.abs(re);
  const b = Math.abs(im);
  if (b === 0 || a === 0) return a + b;
  const r = Math.min(a, b) / Math.max(a, b);
  return Math.max(a, b) * Math.sqrt(1 + r * r);
}

/** ‖W^k‖₂ for k = 0 ... steps. */
export const powerNorms = (w: Float64Array, n: number, steps: number): ProductNorms =>
  productNorms(n, steps, () => w);

/** ln ‖W^(2^j)‖₂ for j = 0 ... 16. */
function squareLogarithms(w: Float64Array, n: number): number[] {
  const { scaled, exponent: first } = normalized(w);
  const work = singularWork(n);
  let power: Float64Array = scaled;
  let next: Float64Array = new Float64Array(n * n);
  let exponent = first;
  const logarithms: number[] = [];
  for (let j = 0; j <= SQUARINGS; j++) {
    const max = maxAbs(power);
    if (max === 0) {
      logarithms.push(-Infinity);
      continue;
    }
    const grown = exponentOf(max);
    for (let i = 0; i < n * n; i++) power[i] = timesPowerOfTwo(power[i] as number, -grown);
    exponent += grown;
    logarithms.push(math.log(greatestSingularValue(power, work)) + exponent * LN2);
    multiply(next, power, power, n);
    [power, next] = [next, power];
    exponent *= 2;
  }
  return logarithms;
}

/** Gelfand's formula, ln ρ = lim ln ‖W^k‖ / k, for a matrix whose QR sweeps did not end. */
const rateOf = (w: Float64Array, n: number): number => (squareLogarithms(w, n)[SQUARINGS] as number) / POWER;

/**
 * d of ‖W^k‖ ~ k^d ρ^k for large k: one less than the greatest Jordan block of an eigenvalue of that modulus. Read from
 * k = 2^15 and 2^16, so a block that rounding has split into eigenvalues 1e-6 apart still counts.
 */
export function growthDegree(w: Float64Array, n: number, spectralRadius: number): number {
  const logarithms = squareLogarithms(w, n);
  const half = POWER / 2;
  const grown = (logarithms[SQUARINGS] as number) - (logarithms[SQUARINGS - 1] as number);
  const degree = (grown - half * math.log(spectralRadius)) / LN2;
  return Number.isFinite(degree) ? Math.max(0, Math.min(n - 1, Math.round(degree))) : 0;
}

/** ‖A‖₂ of a matrix of any shape. */
export function operatorNorm(a: Float64Array, rows: number, columns: number): number {
  const n = Math.max(rows, columns);
  const { scaled, exponent } = normalized(a);
  const square = new Float64Array(n * n);
  for (let i = 0; i < rows; i++) square.set(scaled.subarray(i * columns, (i + 1) * columns), i * n);
  return timesPowerOfTwo(greatestSingularValue(square, singularWork(n)), exponent);
}
