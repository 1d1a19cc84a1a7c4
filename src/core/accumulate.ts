import type { Vector } from './kernels/vector.js';

/**
 * The mean of the micro-batches, divided by the loss scale. Sums are in double in the order of the request and rounded
 * once, and none overflows; a single micro-batch is overwritten, several are not.
 */
export function accumulated(batches: readonly (readonly Vector[])[], lossScale: number): readonly Vector[] {
  const first = batches[0] as readonly Vector[];
  if (batches.length > 1)
    return first.map((_, t) =>
      mean(
        batches.map((batch) => batch[t] as Vector),
        lossScale,
      ),
    );
  if (lossScale !== 1) for (const x of first) divide(x, lossScale);
  return first;
}

function divide(x: Vector, divisor: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) / divisor;
}

function mean(parts: readonly Vector[], lossScale: number): Vector {
  const first = parts[0] as Vector;
  const sums = Float64Array.from(first);
  for (let m = 1; m < parts.length; m++) add(sums, parts[m] as Vector);
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i] as number;
    sums[i] = (Number.isFinite(sum) ? sum / parts.length : carefulMean(parts, i)) / lossScale;
  }
  return first instanceof Float32Array ? Float32Array.from(sums) : sums;
}

function add(sums: Float64Array, x: Vector): void {
  for (let i = 0; i < sums.length; i++) sums[i] += x[i] as number;
}

/** 2^40: no sum of 2^40 doubles over it overflows, and what the division loses is nothing beside such a sum. */
const DOWN = 1 / 1099511627776;
const UP = 1099511627776;

/** The mean of component `i` where the plain sum is no finite number. */
function carefulMean(parts: readonly Vector[], i: number): number {
  let sum = 0;
  for (let m = 0; m < parts.length; m++) sum += (parts[m]?.[i] as number) * DOWN;
  const value = (sum / parts.length) * UP;
  // The mean of finite numbers is finite, but its rounding need not be.
  return Number.isFinite(sum) ? Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) : value;
}
