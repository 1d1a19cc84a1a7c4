import { z } from 'zod';
import { unknownField } from './failure.js';
import type { Vector } from './kernels/vector.js';
import type { Dtype } from './layout.js';
import { toNumber } from './schema.js';

/** A request's tensor. `data` is either numbers, owned by the request, or the little-endian bytes as they arrived. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly data: Vector | Uint8Array;
  /** Replies use the encoding of their request. */
  readonly encoding: 'values' | 'raw';
}

/** A reply's tensor; the transports write `values` as numbers and `raw` as bytes. */
export interface TensorMessage {
  readonly name?: string;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  readonly values?: Vector;
  readonly raw?: Uint8Array;
}

export const BYTES: Readonly<Record<Dtype, number>> = { float64: 8, float32: 4 };
export const sizeOf = (tensor: Tensor): number =>
  tensor.data instanceof Uint8Array ? tensor.data.byteLength / BYTES[tensor.dtype] : tensor.data.length;

/** The tensor's numbers: in place where the bytes are aligned, else copied once (protobuf bytes seldom are aligned). */
export function numbersOf({ data, dtype }: Tensor): Vector {
  if (!(data instanceof Uint8Array)) return data;
  const size = BYTES[dtype];
  const aligned = data.byteOffset % size === 0 ? data : new Uint8Array(data);
  const length = data.byteLength / size;
  return dtype === 'float32'
    ? new Float32Array(aligned.buffer, aligned.byteOffset, length)
    : new Float64Array(aligned.buffer, aligned.byteOffset, length);
}

/** What a state must belong to: names, dtypes and shapes. */
export const layoutIdentity = (tensors: readonly Tensor[]): string =>
  tensors.map(({ name, shape, dtype }) => `${name}:${dtype}[${shape.join(',')}]`).join(' ');

export function tensorMessage(tensor: Tensor, numbers: Vector): TensorMessage {
  const { name, shape, dtype } = tensor;
  return tensor.encoding === 'values'
    ? { name, shape, dtype, values: numbers }
    : { name, shape, dtype, raw: bytesOf(numbers) };
}

export const bytesOf = (x: Vector): Uint8Array => new Uint8Array(x.buffer, x.byteOffset, x.byteLength);

type Path = (string | number)[];
interface Complaint {
  readonly path: Path;
  readonly message: string;
  readonly input: unknown;
}
const FIELDS = ['name', 'shape', 'dtype', 'values', 'raw'];
const MAX_RANK = 32;
/** Each costs a thousand times its one number: beyond this they belong into fewer tensors. */
const MAX_TENSORS = 65_536;

class Refused extends Error {
  readonly complaint: Complaint;
  constructor(path: Path, message: string, input?: unknown) {
    super(message);
    this.complaint = { path, message, input };
  }
}

/** Parses one tensor in either of its forms: the message, or a nested array of numbers. */
function parseTensor(input: unknown, index: number): Tensor {
  if (Array.isArray(input)) return fromNested(input, String(index));
  if (typeof input !== 'object' || input === null)
    throw new Refused([], 'expected a tensor: {"values": [...]} or an array of numbers', input);
  const { name = '', shape, dtype = '', values, raw, ...unknown } = input as Record<string, unknown>;
  for (const key of Object.keys(unknown)) throw new Refused([key], unknownField(FIELDS), unknown[key]);
  if (typeof name !== 'string' || name.length > 256)
    throw new Refused(['name'], 'expected a string of at most 256 characters', name);
  const kind = dtype === '' ? 'float64' : dtype;
  if (kind !== 'float64' && kind !== 'float32')
    throw new Refused(['dtype'], 'must be "float64" or "float32"', dtype);
  if (raw !== undefined && values !== undefined)
    throw new Refused([], 'needs values or raw, not both', Object.keys(input));
  const data = raw === undefined ? fromValues(values ?? [], kind) : fromRaw(raw, kind);
  const count = data instanceof Uint8Array ? data.byteLength / BYTES[kind] : data.length;
  return {
    name: name === '' ? String(index) : name,
    shape: parseShape(shape, count, data instanceof Uint8Array ? 'raw' : 'values', kind),
    dtype: kind,
    data,
    encoding: raw === undefined ? 'values' : 'raw',
  };
}

function parseShape(shape: unknown, count: number, field: string, dtype: Dtype): readonly number[] {
  if (shape === undefined) {
    wholeNumber(count, field, dtype);
    return count === 1 ? [] : [count];
  }
  if (!Array.isArray(shape) || shape.length > MAX_RANK)
    throw new Refused(['shape'], `expected at most ${MAX_RANK} extents`, shape);
  let product = 1;
  for (let i = 0; i < shape.length; i++) {
    const extent: unknown = shape[i];
    if (!Number.isInteger(extent) || (extent as number) < 0 || (extent as number) > 4294967295)
      throw new Refused(['shape', i], 'must be an integer between 0 and 4294967295', extent);
    product *= extent as number;
  }
  if (product !== count)
    throw new Refused(
      [field],
      field === 'raw'
        ? `shape [${shape.join(', ')}] of ${dtype} needs ${product * BYTES[dtype]} bytes, got ${count * BYTES[dtype]}`
        : `shape [${shape.join(', ')}] needs ${product} values, got ${count}`,
    );
  return shape as number[];
}

function wholeNumber(count: number, field: string, dtype: Dtype): void {
  if (!Number.isInteger(count))
    throw new Refused(
      [field],
      `must be a whole number of ${dtype} (${BYTES[dtype]} bytes each), got ${count * BYTES[dtype]} bytes`,
    );
}

/**
 * Memory for `n` numbers, whose content is undefined. Small ones share the pool of Buffer, whose places are aligned:
 * memory of its own would cost a typed array of over 64 bytes 0.3 µs, and as much to be collected.
 */
function unfilled(dtype: Dtype, n: number): Vector {
  const { buffer, byteOffset } = Buffer.allocUnsafe(n * BYTES[dtype]);
  return dtype === 'float32'
    ? new Float32Array(buffer, byteOffset, n)
    : new Float64Array(buffer, byteOffset, n);
}

/** One fused loop checks and fills: zod over 10⁶ numbers costs 25 ms, this 2. */
function fromValues(values: unknown, dtype: Dtype): Vector {
  if (!Array.isArray(values)) throw new Refused(['values'], 'expected an array of numbers', values);
  const n = values.length;
  const data = unfilled(dtype, n);
  for (let i = 0; i < n; i++) {
    const v: unknown = values[i];
    if (typeof v === 'number') data[i] = v;
    else data[i] = numberAt(v, ['values', i]);
  }
  return data;
}

function numberAt(input: unknown, path: Path): number {
  const value = toNumber(input);
  if (value === undefined) throw new Refused(path, 'expected a number', input);
  return value;
}

function fromRaw(raw: unknown, dtype: Dtype): Uint8Array {
  if (raw instanceof Uint8Array) {
    wholeNumber(raw.byteLength / BYTES[dtype], 'raw', dtype);
    return raw;
  }
  if (typeof raw !== 'string') throw new Refused(['raw'], 'expected base64 text or bytes', raw);
  const bytes = Buffer.from(raw, 'base64');
  const digits = raw.endsWith('==') ? raw.length - 2 : raw.endsWith('=') ? raw.length - 1 : raw.length;
  if (bytes.length !== Math.floor((digits * 3) / 4)) throw new Refused(['raw'], 'is not base64', raw);
  wholeNumber(bytes.length / BYTES[dtype], 'raw', dtype);
  return bytes;
}

function fromNested(input: readonly unknown[], name: string): Tensor {
  const shape: number[] = [];
  for (let level: unknown = input; Array.isArray(level); level = level[0]) {
    if (shape.length === MAX_RANK) throw new Refused([], `is nested deeper than ${MAX_RANK} levels`);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const data = unfilled(
    'float64',
    shape.reduce((product, extent) => product * extent, 1),
  );
  let at = 0;
  const fill = (level: readonly unknown[], depth: number, path: Path): void => {
    if (level.length !== shape[depth])
      throw new Refused(path, `is ragged: expected ${shape[depth]} entries, got ${level.length}`);
    for (let i = 0; i < level.length; i++) {
      const entry = level[i];
      if (depth === shape.length - 1)
        data[at++] = typeof entry === 'number' ? entry : numberAt(entry, [...path, i]);
      else if (Array.isArray(entry)) fill(entry, depth + 1, [...path, i]);
      else throw new Refused([...path, i], 'is ragged: expected an array', entry);
    }
  };
  fill(input, 0, []);
  return { name, shape, dtype: 'float64', data, encoding: 'values' };
}

const tensorSchema = {
  oneOf: [
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        name: { type: 'string', maxLength: 256, description: 'defaults to the index' },
        shape: {
          type: 'array',
          items: { type: 'integer', minimum: 0, maximum: 4294967295 },
          maxItems: MAX_RANK,
        },
        dtype: { type: 'string', enum: ['float64', 'float32'], default: 'float64' },
        values: { type: 'array', items: { $ref: '#/components/schemas/Number' } },
        raw: { type: 'string', contentEncoding: 'base64', description: 'little-endian bytes' },
      },
    },
    { type: 'array', items: {}, description: 'a (nested) array of numbers; its nesting gives the shape' },
  ],
};

const guarded = <T>(parse: (input: unknown) => T) =>
  z.unknown().transform((input, context): T => {
    try {
      return parse(input);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      context.issues.push({ code: 'custom', ...error.complaint });
      return z.NEVER;
    }
  });

export const tensor = guarded((input) => parseTensor(input, 0)).meta({
  id: 'Tensor',
  ...tensorSchema,
}) as unknown as z.ZodType<Tensor, unknown>;

/** Several tensors with distinct names. */
export const tensors = guarded((input): readonly Tensor[] => {
  if (!Array.isArray(input)) throw new Refused([], 'expected an array of tensors', input);
  if (input.length > MAX_TENSORS)
    throw new Refused([], `may have at most ${MAX_TENSORS} tensors, got ${input.length}`);
  const names = new Set<string>();
  return input.map((entry, i) => {
    const parsed = at(i, () => parseTensor(entry, i));
    if (names.has(parsed.name))
      throw new Refused([i, 'name'], 'is the name of an earlier tensor', parsed.name);
    names.add(parsed.name);
    return parsed;
  });
}).meta({
  type: 'array',
  items: { $ref: '#/components/schemas/Tensor' },
  maxItems: MAX_TENSORS,
}) as unknown as z.ZodType<readonly Tensor[], unknown>;

function at<T>(index: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { path, message, input } = error.complaint;
    throw new Refused([index, ...path], message, input);
  }
}
