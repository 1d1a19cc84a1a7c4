import { math } from './wasm.js';

/**
 * Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a block cipher over
 * counters. Number i of stream s at iteration k depends on (seed, s, k, i) alone, so no state travels and
 * nothing depends on the order of the draws.
 */
const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** High half of the 64-bit product of two 32-bit numbers. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carry = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carry / 65536)) >>> 0;
}

/** Overwrites `block` (the counter, four words) with its encryption under the 64-bit key. */
export function philox(block: Uint32Array, key0: number, key1: number): void {
  let c0 = block[0] as number;
  let c1 = block[1] as number;
  let c2 = block[2] as number;
  let c3 = block[3] as number;
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0);
    const low0 = Math.imul(M0, c0) >>> 0;
    const high1 = mulHigh(M1, c2);
    const low1 = Math.imul(M1, c2) >>> 0;
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
}

/** Which independent sequence of a run a number belongs to. */
export type Stream = 1 | 2 | 3 | 4 | 5 | 8 | 9 | 12;
export const STREAM_BATCH: Stream = 1;
export const STREAM_START: Stream = 2;
/** Of the noise of differential privacy. */
export const STREAM_PRIVACY: Stream = 3;
/** The data of objectives that are drawn. */
export const STREAM_DATA: Stream = 4;
/** Of the noise in an update. */
export const STREAM_UPDATE: Stream = 5;
/** Which part of an image an iteration sees. */
export const STREAM_AUGMENTATION: Stream = 8;
/** Directions in which curvature is measured. */
export const STREAM_DIRECTION: Stream = 12;
/** Of the noise on a gradient. */
export const STREAM_NOISE: Stream = 9;

const TWO_32 = 4294967296;

/** A generator of 32-bit words for one (seed, stream, iteration). */
export function words(seed: number, stream: Stream, iteration: number): () => number {
  const low = seed % TWO_32;
  const high = Math.floor(seed / TWO_32);
  const block = new Uint32Array(4);
  let used = 4;
  let counter = 0;
  return () => {
    if (used === 4) {
      block[0] = counter++;
      block[1] = iteration;
      block[2] = stream;
      block[3] = 0;
      philox(block, low, high);
      used = 0;
    }
    return block[used++] as number;
  };
}

/** An integer in [0, n), unbiased: Lemire 2019, "Fast random integer generation in an interval". */
export function below(n: number, next: () => number): number {
  const threshold = (TWO_32 - n) % n;
  for (;;) {
    const word = next();
    if (Math.imul(word, n) >>> 0 >= threshold) return mulHigh(word, n);
  }
}

/** Overwrites `index` with a uniformly random permutation of 0 ... n-1 (Fisher and Yates). */
export function permute(index: Int32Array, next: () => number): void {
  for (let i = 0; i < index.length; i++) index[i] = i;
  for (let i = index.length - 1; i > 0; i--) {
    const j = below(i + 1, next);
    const swapped = index[i] as number;
    index[i] = index[j] as number;
    index[j] = swapped;
  }
}

/** A double in (0, 1], of 53 random bits. */
export const unit = (next: () => number): number =>
  ((next() >>> 5) * 67108864 + (next() >>> 6) + 1) / 9007199254740992;

/** A generator of standard normal numbers: Box and Muller 1958, two from every four words. */
export function normals(next: () => number): () => number {
  let spare: number | null = null;
  return () => {
    if (spare !== null) {
      const z = spare;
      spare = null;
      return z;
    }
    const radius = Math.sqrt(-2 * math.log(unit(next)));
    const angle = 6.283185307179586 * unit(next);
    spare = radius * math.sin(angle);
    return radius * math.cos(angle);
  };
}
