import { DatasetError } from '../../core/datasets.js';
import { binaryTable, type Element } from './binary-table.js';
import type { Contents } from './data-file.js';
import type { NumberTable } from './number-table.js';

const ELEMENTS: Readonly<Record<number, Element>> = {
  8: 'u1',
  9: 'i1',
  11: 'i2',
  12: 'i4',
  13: 'f4',
  14: 'f8',
};
const MOST_DIMENSIONS = 255;

/** IDX, the format of MNIST: 0, 0, type, rank, then extents and numbers in big-endian order. */
export function openIdx(contents: Contents): NumberTable {
  const { label, bytes } = contents;
  const head = Buffer.from(contents.head(4 + 4 * MOST_DIMENSIONS));
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0)
    throw new DatasetError(`${label}: is not an IDX file: it does not begin with two zero bytes`);
  const type = head[2] as number;
  const element = ELEMENTS[type];
  if (element === undefined)
    throw new DatasetError(`${label}: byte 3: 0x${type.toString(16).padStart(2, '0')} is not an IDX type`);
  const rank = head[3] as number;
  const offset = 4 + 4 * rank;
  if (head.length < offset)
    throw new DatasetError(`${label}: truncated: ends inside its header of ${offset} bytes, after ${bytes}`);
  return binaryTable(contents, {
    shape: Array.from({ length: rank }, (_, i) => head.readUInt32BE(4 + 4 * i)),
    element,
    bigEndian: true,
    columnMajor: false,
    offset,
    featureScale: element === 'u1' ? 1 / 255 : 1,
  });
}
