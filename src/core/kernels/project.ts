import type { Vector } from './vector.js';

/** Σ |x| of all tensors. */
export function sumOfMagnitudes(tensors: readonly Vector[]): number {
  let sum = 0;
  for (const x of tensors) for (let i = 0; i < x.length; i++) sum += Math.abs(x[i]);
  return sum;
}

/** max(0, v - top - θ) is what becomes of v: differences from the greatest number lose nothing to cancellation. */
export interface Threshold {
  readonly top: number;
  readonly theta: number;
}

/**
 * The threshold with Σ max(0, v - top - θ) = total over the given numbers, which are overwritten: Duchi,
 * Shalev-Shwartz, Singer, Chandra 2008. The greatest ones that stay positive are counted from above.
 */
export function simplexThreshold(numbers: Float64Array, total: number): Threshold {
  const top = numbers.reduce((max, v) => Math.max(max, v), -Infinity);
  for (let i = 0; i < numbers.length; i++) numbers[i] = (numbers[i] as number) - top;
  numbers.sort();
  let sum = 0;
  let theta = -total;
  for (let i = numbers.length - 1, count = 1; i >= 0; i--, count++) {
    const v = numbers[i] as number;
    sum += v;
    const candidate = (sum - total) / count;
    if (!(v > candidate)) break;
    theta = candidate;
  }
  return { top, theta };
}

/** All numbers of the tensors, one after another, in `target`. */
export function gather(tensors: readonly Vector[], target: Float64Array): void {
  let at = 0;
  for (const x of tensors) {
    target.set(x, at);
    at += x.length;
  }
}

/** x ← max(0, x - top - θ); tells whether that changed anything. */
export function shift(x: Vector, { top, theta }: Threshold): boolean {
  let changed = false;
  for (let i = 0; i < x.length; i++) {
    const v = x[i] as number;
    x[i] = Math.max(0, v - top - theta);
    if (x[i] !== v) changed = true;
  }
  return changed;
}

/** x ← sign(x) max(0, |x| - top - θ) */
export function soften(x: Vector, { top, theta }: Threshold): void {
  for (let i = 0; i < x.length; i++) {
    const v = x[i] as number;
    const rest = Math.max(0, Math.abs(v) - top - theta);
    x[i] = v < 0 || Object.is(v, -0) ? -rest : rest;
  }
}

/** Σ normal · x over all tensors. */
export function dotAll(normal: Float64Array, tensors: readonly Vector[]): number {
  let sum = 0;
  let at = 0;
  for (const x of tensors)
    for (let i = 0; i < x.length; i++) sum += (normal[at++] as number) * (x[i] as number);
  return sum;
}

/** x ← x + a · normal over all tensors. */
export function addAll(tensors: readonly Vector[], a: number, normal: Float64Array): void {
  let at = 0;
  for (const x of tensors)
    for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) + a * (normal[at++] as number);
}
