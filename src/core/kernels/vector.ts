import { BLOCK, MIN_COPIED as COPIED, copiedScale, MIN_ASKED } from './block.js';
import { heapOf } from './heap.js';

// Of this module itself and constant: V8 looks up at every use what is imported or exported, and functions that are no
// constants, 1 of the 45 ns of a small iteration each.
const MIN_COPIED = COPIED;

export type Vector = Float64Array | Float32Array;

// The first two numbers of a short vector have their own lines: at every turn of a loop, and after every `if`, V8 looks up
// class, length and memory of the vector again, which in small runs is more work than the arithmetic.

/** y ← y + a·x */
export function axpy(y: Vector, a: number, x: Vector): void {
  if (y.length >= MIN_COPIED && y instanceof Float64Array && x instanceof Float64Array) axpyDoubles(y, a, x);
  else if (y.length >= MIN_COPIED && y instanceof Float32Array && x instanceof Float32Array)
    axpySingles(y, a, x);
  else {
    const n = y.length;
    if (n > 0) y[0] += a * x[0];
    if (n > 1) y[1] += a * x[1];
    for (let i = 2; i < n; i++) y[i] += a * x[i];
  }
}

/** Four a turn: the bounds checks amortise. */
function axpyDoubles(y: Float64Array, a: number, x: Float64Array): void {
  const n = y.length;
  const whole = n & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    y[i] = (y[i] as number) + a * (x[i] as number);
    y[i + 1] = (y[i + 1] as number) + a * (x[i + 1] as number);
    y[i + 2] = (y[i + 2] as number) + a * (x[i + 2] as number);
    y[i + 3] = (y[i + 3] as number) + a * (x[i + 3] as number);
  }
  for (; i < n; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}

function axpySingles(y: Float32Array, a: number, x: Float32Array): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + a * (x[i] as number);
}

/** g ← g + λ x; singles with λ and the product rounded too. */
export function addDecay(g: Vector, lambda: number, x: Vector): void {
  if (!(g instanceof Float32Array)) axpy(g, lambda, x);
  else {
    const rounded = Math.fround(lambda);
    for (let i = 0; i < g.length; i++) g[i] = (g[i] as number) + Math.fround(rounded * (x[i] as number));
  }
}

/** y ← x. A loop where the call of the built-in would cost more than the copy (25 ns). */
export function copy(x: Vector, y: Vector): void {
  const n = x.length;
  if (n > 64) y.set(x);
  else {
    if (n > 0) y[0] = x[0] as number;
    if (n > 1) y[1] = x[1] as number;
    for (let i = 2; i < n; i++) y[i] = x[i] as number;
  }
}

/** x ← a·x */
export function scale(x: Vector, a: number): void {
  const n = x.length;
  if (n >= MIN_COPIED) scaleLong(x, a);
  else {
    if (n > 0) x[0] *= a;
    if (n > 1) x[1] *= a;
    for (let i = 2; i < n; i++) x[i] *= a;
  }
}

/** u ← a·u, x ← x + u */
export function scaleAndAdd(u: Vector, a: number, x: Vector): void {
  const n = u.length;
  if (n >= MIN_COPIED) {
    scaleLong(u, a);
    axpy(x, 1, u);
    return;
  }
  if (n > 0) {
    u[0] *= a;
    x[0] += u[0];
    if (n > 1) {
      u[1] *= a;
      x[1] += u[1];
    }
  }
  for (let i = 2; i < n; i++) {
    u[i] *= a;
    x[i] += u[i];
  }
}

function scaleLong(x: Vector, a: number): void {
  if (x instanceof Float32Array) scaleSingles(x, a);
  else if (x.length < MIN_ASKED) copiedScale(x, a);
  else {
    const heap = heapOf(x);
    if (heap !== null) heap.scale(x, a);
    else if (x.length <= BLOCK) copiedScale(x, a);
    else scaleDoubles(x, a);
  }
}

// Two loops, because one that has met both element types takes twice as long.

function scaleSingles(x: Float32Array, a: number): void {
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * a;
}

/** Four a turn: the bounds checks amortise. */
function scaleDoubles(x: Float64Array, a: number): void {
  const n = x.length;
  const whole = n & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    x[i] = (x[i] as number) * a;
    x[i + 1] = (x[i + 1] as number) * a;
    x[i + 2] = (x[i + 2] as number) * a;
    x[i + 3] = (x[i + 3] as number) * a;
  }
  for (; i < n; i++) x[i] = (x[i] as number) * a;
}

export function dot(x: Vector, y: Vector): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

/** max |xᵢ|; NaN if a component is NaN, 0 for an empty vector. */
export function maxAbs(x: Vector): number {
  let max = 0;
  for (let i = 0; i < x.length; i++) {
    const v = Math.abs(x[i]);
    if (v > max) max = v;
    else if (Number.isNaN(v)) return Number.NaN;
  }
  return max;
}

/** Index of the first NaN or infinite component at or after `from`, or -1. */
export function nextNonFinite(x: Vector, from = 0): number {
  for (let i = from; i < x.length; i++) if (!Number.isFinite(x[i])) return i;
  return -1;
}
