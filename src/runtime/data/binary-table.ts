import { DatasetError } from '../../core/datasets.js';
import type { Contents } from './data-file.js';
import type { NumberArray, NumberTable } from './number-table.js';

export type Element = 'f8' | 'f4' | 'i8' | 'i4' | 'i2' | 'i1' | 'u1';

const SIZE: Readonly<Record<Element, number>> = { f8: 8, f4: 4, i8: 8, i4: 4, i2: 2, i1: 1, u1: 1 };
const ARRAY = {
  f8: Float64Array,
  f4: Float32Array,
  i8: BigInt64Array,
  i4: Int32Array,
  i2: Int16Array,
  i1: Int8Array,
  u1: Uint8Array,
} as const;

/** What the header of a binary file says of the numbers behind it. */
export interface BinaryHeader {
  readonly shape: readonly number[];
  readonly element: Element;
  readonly bigEndian: boolean;
  /** Columns one after the other instead of rows; of matrices only. */
  readonly columnMajor: boolean;
  /** Bytes before the first number. */
  readonly offset: number;
  readonly featureScale: number;
}

/** The table behind `header`, once its shape has proved to fit the file: nothing is allocated on its word alone. */
export function binaryTable(contents: Contents, header: BinaryHeader): NumberTable {
  const { label, bytes } = contents;
  const { shape, element, offset, featureScale } = header;
  const size = SIZE[element];
  const [rows] = shape;
  if (rows === undefined) throw new DatasetError(`${label}: holds a single number, not rows`);
  if (shape.includes(0))
    throw new DatasetError(`${label}: holds no numbers: its shape is ${shapeText(shape)}`);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const needed = offset + count * size;
  if (needed !== bytes)
    throw new DatasetError(
      `${label}: ${needed > bytes ? 'truncated' : 'too long'}: shape ${shapeText(shape)} of ${size}-byte elements ` +
        `needs ${needed} bytes with the header, the file has ${bytes}`,
    );
  const columns = count / rows;
  return {
    label,
    rows,
    columns,
    rowShape: shape.slice(1),
    bytesPerNumber: size,
    featureScale,
    read() {
      const stored = littleEndian(contents.whole().subarray(offset), size, header.bigEndian);
      const data = new ARRAY[element](stored.buffer, stored.byteOffset, count);
      const numbers = data instanceof BigInt64Array ? doubles(label, data) : (data as NumberArray);
      return header.columnMajor ? transposed(numbers, rows, columns) : numbers;
    },
  };
}

const MOST_SHOWN = 8;
const shapeText = (shape: readonly number[]): string =>
  shape.slice(0, MOST_SHOWN).join(' × ') + (shape.length > MOST_SHOWN ? ' × …' : '');

/** The same bytes, aligned for their size and in this machine's order; copied only where that needs it. */
function littleEndian(bytes: Uint8Array<ArrayBuffer>, size: number, swap: boolean): Uint8Array<ArrayBuffer> {
  if (size === 1 || (!swap && bytes.byteOffset % size === 0)) return bytes;
  const own = Buffer.from(new ArrayBuffer(bytes.length));
  own.set(bytes);
  if (swap && size === 2) own.swap16();
  if (swap && size === 4) own.swap32();
  if (swap && size === 8) own.swap64();
  return own;
}

function doubles(label: string, data: BigInt64Array): Float64Array {
  const numbers = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as bigint;
    numbers[i] = Number(value);
    if (!Number.isSafeInteger(numbers[i]))
      throw new DatasetError(
        `${label}: element ${i + 1}: ${value} is beyond the integers that a double holds`,
      );
  }
  return numbers;
}

function transposed(data: NumberArray, rows: number, columns: number): NumberArray {
  const out = new (data.constructor as new (length: number) => NumberArray)(data.length);
  for (let j = 0, at = 0; j < columns; j++)
    for (let i = 0; i < rows; i++, at++) out[i * columns + j] = data[at] as number;
  return out;
}
