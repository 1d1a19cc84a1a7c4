import { eigenvalues } from '../kernels/eigenvalues.js';
import { length } from '../kernels/norm.js';
import { dot, scale, type Vector } from '../kernels/vector.js';

export type Product = (v: Vector, out: Vector) => void;

/** |λ| is within `residual` of an eigenvalue of a symmetric matrix H: ‖H v - λ v‖ for the unit vector v found (of H² for POWER). */
export interface Extreme {
  /** A lower bound of ‖H‖, up to rounding. */
  readonly norm: number;
  /** λ, with its sign; what ‖H v‖ does not tell is NaN. */
  readonly eigenvalue: number;
  readonly residual: number;
  readonly products: number;
}

/** Memory: `steps` + 2 vectors like `start`. Overwrites `start`. Full reorthogonalization, twice. */
export function lanczos(product: Product, start: Vector, steps: number): Extreme {
  const n = start.length;
  const most = Math.min(n, steps);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let v = unit(Float64Array.from(start));
  const image = start.slice() as Vector;
  let greatest = 0;
  while (basis.length < most) {
    basis.push(v);
    start.set(v);
    product(start, image);
    const w = Float64Array.from(image);
    greatest = Math.max(greatest, length(w));
    diagonal.push(dot(v, w));
    for (let pass = 0; pass < 2; pass++)
      for (const q of basis) {
        const along = dot(q, w);
        for (let i = 0; i < n; i++) w[i] = (w[i] as number) - along * (q[i] as number);
      }
    const rest = length(w);
    if (!(rest > 1e-13 * greatest) || basis.length === most) break;
    beside.push(rest);
    v = unit(w);
  }
  const m = basis.length;
  const t = new Float64Array(m * m);
  const vectors = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    t[i * m + i] = diagonal[i] as number;
    vectors[i * m + i] = 1;
    if (i + 1 < m) t[i * m + i + 1] = t[(i + 1) * m + i] = beside[i] as number;
  }
  if (!Number.isFinite(greatest))
    return { norm: Number.NaN, eigenvalue: Number.NaN, residual: Number.NaN, products: m };
  const values = eigenvalues(t, m, vectors);
  let best = 0;
  for (let i = 1; i < m; i++) if (Math.abs(values[i] as number) > Math.abs(values[best] as number)) best = i;
  const eigenvalue = values[best] as number;
  const ritz = new Float64Array(n);
  for (let j = 0; j < m; j++) {
    const weight = vectors[j * m + best] as number;
    for (let i = 0; i < n; i++)
      ritz[i] = (ritz[i] as number) + weight * ((basis[j] as Float64Array)[i] as number);
  }
  start.set(ritz);
  product(start, image);
  const off = Float64Array.from(image, (value, i) => value - eigenvalue * (ritz[i] as number));
  return { norm: Math.abs(eigenvalue), eigenvalue, residual: length(off), products: m + 1 };
}

/** v ← H v / ‖H v‖. ‖H v‖ grows to ‖H‖ even where λ and -λ tie, which Rayleigh's quotient does not survive. */
export function powerIteration(product: Product, start: Vector, steps: number): Extreme {
  const image = start.slice() as Vector;
  const v = start;
  unit(v);
  let norm = 0;
  let residual = 0;
  let products = 0;
  for (; products < steps; ) {
    product(v, image);
    products++;
    norm = length(image);
    if (!(norm > 0) || !Number.isFinite(norm)) break;
    const previous = v.slice() as Vector;
    copyScaled(image, 1 / norm, v);
    product(v, image);
    products++;
    // H² u - λ² u over λ, for the u before: H v - λ u with v = H u / λ.
    let square = 0;
    for (let i = 0; i < v.length; i++) {
      const off = (image[i] as number) - norm * (previous[i] as number);
      square += off * off;
    }
    residual = Math.sqrt(square);
    if (residual <= 1e-12 * norm) break;
    const next = length(image);
    if (!(next > 0)) break;
    copyScaled(image, 1 / next, v);
    norm = Math.max(norm, next);
  }
  return { norm, eigenvalue: Number.NaN, residual, products };
}

function unit<V extends Vector>(v: V): V {
  scale(v, 1 / length(v));
  return v;
}

function copyScaled(x: Vector, a: number, out: Vector): void {
  for (let i = 0; i < x.length; i++) out[i] = (x[i] as number) * a;
}
