import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parseJson } from './json.js';
import { inRepository } from './root.js';
import type { Numbers } from './tensors.js';

/** A file of test/golden, "NaN" and the infinities as numbers. */
export const readGolden = <F>(name: string): F =>
  parseJson<F>(readFileSync(inRepository(`test/golden/${name}.json`), 'utf8'));

export interface Tolerance {
  readonly rtol: number;
  readonly atol?: number;
}

/** |a - b| <= atol + rtol · |b| elementwise; NaN equals NaN and an infinity equals itself. */
export function assertClose(
  actual: readonly number[],
  expected: readonly number[],
  { rtol, atol = 0 }: Tolerance,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: length`);
  expected.forEach((want, i) => {
    const got = actual[i] as number;
    if (Object.is(got, want)) return;
    if (Number.isFinite(want) && Math.abs(got - want) <= atol + rtol * Math.abs(want)) return;
    assert.fail(`${what}[${i}]: got ${got}, expected ${want} (rtol ${rtol}, atol ${atol})`);
  });
}

/** The data of several tensors, one after another. */
export const flat = (tensors: readonly Numbers[]): number[] => tensors.flatMap(({ data }) => data);

/** Cuts a flat list into tensors of the given shapes. */
export function unflat(data: readonly number[], shapes: readonly (readonly number[])[]): Numbers[] {
  let at = 0;
  return shapes.map((shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    at += size;
    return { shape, data: data.slice(at - size, at) };
  });
}
