import { math } from '../kernels/wasm.js';

/** What schedules are put together from. */

/** From `start` to `end` in a line. */
export const line = (start: number, end: number, part: number): number => (end - start) * part + start;

/** From `start` to `end` along half a cosine. */
export const halfCosine = (start: number, end: number, part: number): number =>
  end + ((start - end) / 2) * (math.cos(Math.PI * part) + 1);

/** γⁿ, but finite, for a base of 0 to stay 0. */
export const growth = (gamma: number, n: number): number =>
  n === 0 ? 1 : Math.min(math.pow(gamma, n), Number.MAX_VALUE);
