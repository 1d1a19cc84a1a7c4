import { isSafe } from './norm.js';
import type { Vector } from './vector.js';

/**
 * How the components of a row-major tensor fall into units, one for each index of the axes that are kept: number i
 * of row r belongs to unit `firstUnit(r) + i · step`.
 */
export interface Units {
  readonly count: number;
  /** Components of a row. */
  readonly inner: number;
  readonly step: number;
  /** The axes of the rows, the fastest first. */
  readonly outer: readonly { readonly size: number; readonly stride: number }[];
}

/** Units over the axes that `reduced` does not hold. */
export function unitsOf(shape: readonly number[], reduced: ReadonlySet<number>): Units {
  const axes: { size: number; stride: number }[] = [];
  let count = 1;
  for (let a = shape.length - 1; a >= 0; a--) {
    const size = shape[a] as number;
    const stride = reduced.has(a) ? 0 : count;
    const last = axes.at(-1);
    // Neighbours of one kind are one axis.
    if (last !== undefined && (last.stride === 0) === reduced.has(a)) last.size *= size;
    else axes.push({ size, stride });
    if (!reduced.has(a)) count *= size;
  }
  const [{ size: inner, stride: step } = { size: 1, stride: 0 }, ...outer] = axes;
  return { count, inner, step, outer };
}

export function firstUnit({ outer }: Units, row: number): number {
  let unit = 0;
  let rest = row;
  for (let a = 0; a < outer.length; a++) {
    const { size, stride } = outer[a] as Units['outer'][number];
    unit += (rest % size) * stride;
    rest = Math.floor(rest / size);
  }
  return unit;
}

/** Overwrites `scale` and `ratio` with the Euclidean norm of each unit as their product; each sum in order. */
export function unitNorms(x: Vector, units: Units, scale: Float64Array, ratio: Float64Array): void {
  const { inner, step } = units;
  scale.fill(0);
  for (let from = 0; from < x.length; from += inner) {
    let u = firstUnit(units, from / inner);
    for (let i = from; i < from + inner; i++, u += step) scale[u] += (x[i] as number) * (x[i] as number);
  }
  if (!scale.every(isSafe)) {
    scaledUnitNorms(x, units, scale, ratio);
    return;
  }
  ratio.fill(1);
  for (let u = 0; u < scale.length; u++) scale[u] = Math.sqrt(scale[u] as number);
}

/** The same where a square left the safe range: divided by the greatest component of the unit first. */
function scaledUnitNorms(x: Vector, units: Units, scale: Float64Array, ratio: Float64Array): void {
  const { inner, step } = units;
  scale.fill(0);
  for (let from = 0; from < x.length; from += inner) {
    let u = firstUnit(units, from / inner);
    for (let i = from; i < from + inner; i++, u += step) {
      const v = Math.abs(x[i] as number);
      if (v > (scale[u] as number) || Number.isNaN(v)) scale[u] = v;
    }
  }
  ratio.fill(0);
  for (let from = 0; from < x.length; from += inner) {
    let u = firstUnit(units, from / inner);
    for (let i = from; i < from + inner; i++, u += step) {
      const r = (x[i] as number) / (scale[u] as number);
      ratio[u] += r * r;
    }
  }
  for (let u = 0; u < scale.length; u++) {
    const max = scale[u] as number;
    ratio[u] = max > 0 && max < Infinity ? Math.sqrt(ratio[u] as number) : 1;
  }
}

/** x ← x · first · second, unit by unit. */
export function scaleUnits(x: Vector, units: Units, first: Float64Array, second: Float64Array): void {
  const { inner, step } = units;
  for (let from = 0; from < x.length; from += inner) {
    let u = firstUnit(units, from / inner);
    for (let i = from; i < from + inner; i++, u += step)
      x[i] = (x[i] as number) * (first[u] as number) * (second[u] as number);
  }
}
