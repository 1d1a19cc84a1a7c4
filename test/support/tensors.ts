import type { WireTensor } from './replies.js';

/** A tensor of a test: its numbers and where they go. */
export interface Numbers {
  readonly name?: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: 'float64' | 'float32';
}
export type Encoding = 'values' | 'raw';

const arrayOf = (dtype: string) => (dtype === 'float32' ? Float32Array : Float64Array);

export function encodeTensor({ data, ...rest }: Numbers, encoding: Encoding): object {
  if (encoding === 'values') return { ...rest, values: data };
  return { ...rest, raw: new Uint8Array(arrayOf(rest.dtype ?? 'float64').from(data).buffer) };
}

export const bytesOf = (raw: string | Uint8Array): Buffer =>
  typeof raw === 'string' ? Buffer.from(raw, 'base64') : Buffer.from(raw);

/** Doubles of little-endian bytes, wherever they lie in memory. */
export function doublesOf(raw: string | Uint8Array, dtype = 'float64'): number[] {
  const bytes = Uint8Array.from(bytesOf(raw));
  return Array.from(new (arrayOf(dtype))(bytes.buffer));
}

/** The numbers of a reply's tensor, which must be in the encoding of the request. */
export function numbersOf({ values, raw, dtype, name }: WireTensor, encoding: Encoding): number[] {
  const isRaw = raw !== undefined && raw.length > 0;
  if (encoding === 'values' && !isRaw) return Array.from(values ?? []);
  if (encoding === 'raw' && (values === undefined || values.length === 0)) return doublesOf(raw ?? '', dtype);
  throw new Error(`tensor "${name}" came back in another encoding than ${encoding}`);
}
