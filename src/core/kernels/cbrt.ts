import { math } from './wasm.js';

/** ∛x for x >= 0, by one Newton step from e^(log(x) / 3). */
export function cbrt(x: number): number {
  if (!(x > 0 && x < Infinity)) return x;
  const y = math.pow(x, 1 / 3);
  return y - (y - x / (y * y)) / 3;
}
