import { DatasetError } from '../../core/datasets.js';
import { binaryTable, type Element } from './binary-table.js';
import type { Contents } from './data-file.js';
import type { NumberTable } from './number-table.js';

const MAGIC = '\x93NUMPY';
/** A header names one dtype and a shape; what is longer is something else. */
const MAX_HEADER = 65_535;
const ELEMENTS: Readonly<Record<string, Element>> = {
  f8: 'f8',
  f4: 'f4',
  i8: 'i8',
  i4: 'i4',
  i2: 'i2',
  i1: 'i1',
  u1: 'u1',
  b1: 'u1',
};

/** NPY 1.0 to 3.0 (numpy.lib.format): magic, version, length, a Python dictionary, the numbers. */
export function openNpy(contents: Contents): NumberTable {
  const { label, bytes } = contents;
  const head = Buffer.from(contents.head(12 + MAX_HEADER));
  if (head.toString('latin1', 0, 6) !== MAGIC || head.length < 12)
    throw new DatasetError(`${label}: is not an NPY file: it does not begin with \\x93NUMPY`);
  const major = head[6] as number;
  if (major < 1 || major > 3) throw new DatasetError(`${label}: NPY version ${major}.${head[7]} is unknown`);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? head.readUInt16LE(8) : head.readUInt32LE(8);
  const offset = start + length;
  if (offset > bytes)
    throw new DatasetError(
      `${label}: truncated: announces a header of ${length} bytes, the file has ${bytes}`,
    );
  if (length > MAX_HEADER)
    throw new DatasetError(`${label}: announces a header of ${length} bytes; at most ${MAX_HEADER} are read`);
  const header = head.toString(major === 3 ? 'utf8' : 'latin1', start, offset);
  const descr = descrOf(label, header);
  const element = ELEMENTS[descr.slice(1)];
  if (element === undefined) throw new DatasetError(`${label}: dtype '${descr}' is not supported`);
  const shape = shapeOf(label, header);
  const columnMajor = /'fortran_order': *True/.test(header) && shape.length > 1;
  if (columnMajor && shape.length > 2)
    throw new DatasetError(
      `${label}: is in Fortran order with ${shape.length} dimensions; at most 2 are read so, save it with order="C"`,
    );
  return binaryTable(contents, {
    shape,
    element,
    bigEndian: descr.startsWith('>'),
    columnMajor,
    offset,
    featureScale: 1,
  });
}

function descrOf(label: string, header: string): string {
  const [, descr] = /'descr': *('[^']*'|\[)/.exec(header) ?? [];
  if (descr === '[') throw new DatasetError(`${label}: structured dtypes are not supported`);
  if (descr === undefined) throw new DatasetError(`${label}: its header does not give descr`);
  return descr.slice(1, -1);
}

function shapeOf(label: string, header: string): number[] {
  const [, inside] = /'shape': *\(([\d, ]*)\)/.exec(header) ?? [];
  if (inside === undefined) throw new DatasetError(`${label}: its header does not give shape`);
  return inside
    .split(',')
    .filter((extent) => extent.trim() !== '')
    .map(Number);
}
