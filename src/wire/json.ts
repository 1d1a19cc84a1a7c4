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

/** The same tree in what JSON has. */
function plainOf(value: unknown): unknown {
  if (typeof value === 'number') return plainNumber(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Float64Array || value instanceof Float32Array) return plainNumbers(value);
  if (value instanceof Uint8Array) return base64(value);
  if (Array.isArray(value)) return value.map(plainOf);
  const plain: Record<string, unknown> = {};
  for (const key in value) plain[key] = plainOf((value as Record<string, unknown>)[key]);
  return plain;
}

function plainNumber(v: number): number | string {
  if (v === 0 && 1 / v < 0) throw MINUS_ZERO;
  return v - v === 0 ? v : String(v);
}

function plainNumbers(x: Vector): (number | string)[] {
  const numbers = new Array<number | string>(x.length);
  for (let i = 0; i < x.length; i++) numbers[i] = plainNumber(x[i] as number);
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
