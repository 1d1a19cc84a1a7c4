import type { Vector } from '../core/kernels/vector.js';

/**
 * JSON text of a reply. Unlike JSON.stringify it writes NaN and the infinities as the strings of ProtoJSON,
 * keeps -0, and takes typed arrays: numbers from Float64Array and Float32Array, base64 from Uint8Array.
 */
export function toJson(value: unknown): string {
  try {
    // One native call writes one flat string; pieces put together would be flattened again on their way out.
    return JSON.stringify(plainOf(value));
  } catch (caught) {
    if (caught !== MINUS_ZERO) throw caught;
    return textOf(value);
  }
}

/** Thrown where the native serializer would drop a sign. */
const MINUS_ZERO = Symbol('-0');

/** The same tree in what JSON has; whatever has nothing else in it is the very same object. */
function plainOf(value: unknown): unknown {
  if (typeof value === 'number') return plainNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Float64Array || value instanceof Float32Array) return plainNumbers(value);
  if (value instanceof Uint8Array) return base64(value);
  return Array.isArray(value) ? plainArray(value) : plainObject(value as Record<string, unknown>);
}

function plainArray(value: readonly unknown[]): readonly unknown[] {
  let plain: unknown[] | null = null;
  for (let i = 0; i < value.length; i++) {
    const child = plainOf(value[i]);
    if (child === value[i]) continue;
    plain ??= value.slice();
    plain[i] = child;
  }
  return plain ?? value;
}

function plainObject(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  let plain: Record<string, unknown> | null = null;
  for (const key in value) {
    const child = plainOf(value[key]);
    if (child === value[key]) continue;
    plain ??= { ...value };
    plain[key] = child;
  }
  return plain ?? value;
}

function plainNumber(v: number): number | string {
  if (v === 0 && 1 / v < 0) throw MINUS_ZERO;
  return v - v === 0 ? v : String(v);
}

function plainNumbers(x: Vector): (number | string)[] {
  // Pushed, so that the array has doubles and no holes: a quarter less than filling one of known length.
  const numbers: (number | string)[] = [];
  for (let i = 0; i < x.length; i++) numbers.push(plainNumber(x[i] as number));
  return numbers;
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** The text itself, piece by piece. */
function textOf(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : JSON.stringify(plainNumber(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(base64(value));
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as ArrayLike<unknown>, (item) => textOf(item ?? null)).join(',')}]`;
  const fields = Object.entries(value).filter(([, child]) => child !== undefined);
  return `{${fields.map(([key, child]) => `${JSON.stringify(key)}:${textOf(child)}`).join(',')}}`;
}
