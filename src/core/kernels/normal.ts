import type { Vector } from './vector.js';
import { math } from './wasm.js';

/** Overwrites `out` with standard normal numbers (Box and Muller 1958), two from each pair of words. */
export function fillNormal(out: Vector, next: () => number): void {
  for (let i = 0; i < out.length; i += 2) {
    // (word + 1/2) / 2^32 is never 0, whose logarithm is not finite.
    const radius = Math.sqrt(-2 * math.log((next() + 0.5) / 4294967296));
    const angle = (2 * Math.PI * next()) / 4294967296;
    out[i] = radius * math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * math.sin(angle);
  }
}
