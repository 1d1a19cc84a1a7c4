import type { Vector } from './kernels/vector.js';

/** Collects the bits of doubles into 16 hexadecimal digits: two FNV-1a hashes over 32-bit words. NaNs count as one. */
export interface Digest {
  add(x: ArrayLike<number>): Digest;
  hex(): string;
}

export function newDigest(): Digest {
  const double = new Float64Array(1);
  const bits = new Uint32Array(double.buffer);
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  const digest: Digest = {
    add(x) {
      for (let i = 0; i < x.length; i++) {
        double[0] = x[i] as number;
        if (Number.isNaN(double[0])) {
          bits[0] = 0;
          bits[1] = 0x7ff80000;
        }
        const low = bits[0] as number;
        const high = bits[1] as number;
        a = Math.imul(Math.imul(a ^ low, 0x01000193) ^ high, 0x01000193);
        b = Math.imul(Math.imul(b ^ high, 0x01000193) ^ low, 0x01000193);
      }
      return digest;
    },
    hex: () => [a, b].map((h) => (h >>> 0).toString(16).padStart(8, '0')).join(''),
  };
  return digest;
}

export const digestOf = (...parts: readonly (Vector | readonly number[])[]): string => {
  const digest = newDigest();
  for (const part of parts) digest.add(part);
  return digest.hex();
};
