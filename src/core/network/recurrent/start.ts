import { createHeap, heapOverhead } from '../../kernels/heap.js';
import { normals, STREAM_START, words } from '../../kernels/random.js';
import type { Vector } from '../../kernels/vector.js';
import { math } from '../../kernels/wasm.js';
import type { Initialization } from '../initialization.js';
import { startWeights } from '../initialization.js';
import type { Start } from './layers.js';

export type StateInitialization = Initialization | 'orthogonal' | 'identity';

export interface StartOptions {
  readonly weights: Initialization;
  readonly states: StateInitialization;
  /** Standard deviation of `normal`. */
  readonly scale: number;
  /** Of every square block of the weights of the states. */
  readonly spectralRadius: number | undefined;
  readonly seed: number;
}

/** Weights of the inputs as in a dense layer; those of the states block by block. */
export const startLayers =
  ({ weights, states, scale, spectralRadius, seed }: StartOptions): Start =>
  ({ tensor, inputs, outputs, recurrent }) =>
  (values) => {
    const kind = recurrent ? states : weights;
    if (kind === 'identity') fillIdentity(values, outputs);
    else if (kind === 'orthogonal' || kind === 'normal') {
      const next = normals(words(seed, STREAM_START, tensor));
      for (let i = 0; i < values.length; i++) values[i] = scale * next();
    } else startWeights(kind, seed, tensor, inputs, outputs)(values);
    if (!recurrent) return;
    for (let from = 0; from < values.length; from += outputs * outputs) {
      const block = values.subarray(from, from + outputs * outputs);
      if (kind === 'orthogonal') orthogonalise(block, outputs);
      if (spectralRadius !== undefined) rescale(block, outputs, spectralRadius);
    }
  };

/** Memory that rescaling takes meanwhile. */
export const rescalingBytes = (n: number): number => 2 * (8 * n * n + 16) + heapOverhead;

function fillIdentity(values: Vector, n: number): void {
  for (let row = 0; row < values.length / n; row++) values[row * n + (row % n)] = 1;
}

/**
 * Overwrites the rows of a matrix of normal numbers with orthonormal ones, by Gram and Schmidt, twice for the sake of
 * rounding: a uniformly random orthogonal matrix (Stewart 1980).
 */
function orthogonalise(block: Vector, n: number): void {
  const q = Float64Array.from(block);
  for (let i = 0; i < n; i++) {
    for (let pass = 0; pass < 2; pass++)
      for (let k = 0; k < i; k++) {
        let dot = 0;
        for (let j = 0; j < n; j++) dot += (q[i * n + j] as number) * (q[k * n + j] as number);
        for (let j = 0; j < n; j++) q[i * n + j] = (q[i * n + j] as number) - dot * (q[k * n + j] as number);
      }
    let square = 0;
    for (let j = 0; j < n; j++) square += (q[i * n + j] as number) * (q[i * n + j] as number);
    for (let j = 0; j < n; j++) q[i * n + j] = (q[i * n + j] as number) / Math.sqrt(square);
  }
  block.set(q);
}

/** Scales a square matrix to the given spectral radius; one whose powers vanish stays as it is. */
function rescale(block: Vector, n: number, radius: number): void {
  const factor = radius / spectralRadius(block, n);
  if (Number.isFinite(factor)) for (let i = 0; i < block.length; i++) block[i] *= factor;
}

const SQUARINGS = 48;

/**
 * Gelfand's formula ρ = lim ‖W^k‖^(1/k), k = 2^48, by repeated squaring of matrices of norm 1. It needs no eigenvalues,
 * and an error of a late square counts 2^-j of one in the first.
 */
export function spectralRadius(w: Vector, n: number): number {
  const heap = createHeap(2 * (8 * n * n + 16));
  let power = heap.f64(n * n);
  let square = heap.f64(n * n);
  power.set(w);
  let logarithm = 0;
  let weight = 1;
  for (let j = 0; j <= SQUARINGS; j++) {
    const norm = Math.sqrt(heap.sumOfSquares(power));
    if (!(norm > 0 && Number.isFinite(norm))) return norm;
    logarithm += weight * math.log(norm);
    weight /= 2;
    heap.scale(power, 1 / norm);
    if (j === SQUARINGS) break;
    heap.matmulNN(square, power, power, n, n, n);
    [power, square] = [square, power];
  }
  return math.exp(logarithm);
}
