import assert from 'node:assert/strict';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { copyMnist } from '../../scripts/mnist.js';
import { copyMobyDick } from '../../scripts/moby-dick.js';
import type { Matrix, TableInfo, TextInfo } from '../../src/core/datasets.js';
import { openDataDirectory } from '../../src/runtime/data-directory.js';
import { cifarRecords } from '../support/cifar.js';

const scratch = mkdtempSync(join(tmpdir(), 'data-directory-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

type Content = string | Uint8Array;

let directories = 0;
/** A fresh data directory with the given files, by their path in it. */
function directoryWith(files: Readonly<Record<string, Content>>): string {
  const directory = join(scratch, `data-${++directories}`);
  mkdirSync(directory);
  for (const [path, content] of Object.entries(files)) put(directory, path, content);
  return directory;
}

function put(directory: string, path: string, content: Content): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

const load = (files: Readonly<Record<string, Content>>, name = 'set') =>
  openDataDirectory(directoryWith(files)).load(name);

const valuesOf = ({ data, scale }: Matrix): number[] => Array.from(data, (value) => value * scale);

/** Loading fails with a message that matches, and listing leaves the data set out and reports the same. */
function refused(files: Readonly<Record<string, Content>>, message: RegExp): void {
  const problems: string[] = [];
  const data = openDataDirectory(directoryWith(files), undefined, {
    onProblem: (name, error) => problems.push(`${name} ${error.message}`),
  });
  assert.throws(() => data.load('set'), { name: 'DatasetError', message });
  assert.deepEqual(data.list(), []);
  assert.equal(problems.length, 1);
  assert.match(problems[0] as string, message);
}

function npyHeader(header: string, version = 1): Buffer {
  const start = version === 1 ? 10 : 12;
  const padded = `${header.padEnd(Math.ceil((start + header.length + 1) / 64) * 64 - start - 1)}\n`;
  const prefix = Buffer.alloc(start);
  prefix.write('\x93NUMPY', 'latin1');
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(padded.length, 8);
  else prefix.writeUInt32LE(padded.length, 8);
  return Buffer.concat([prefix, Buffer.from(padded)]);
}

interface NpyOptions {
  readonly fortran?: boolean;
  readonly version?: number;
}

function npy(descr: string, shape: string, data: ArrayBufferView, options: NpyOptions = {}): Buffer {
  const order = options.fortran ? 'True' : 'False';
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([npyHeader(header, options.version), bytes]);
}

function idx(type: number, shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.from([0, 0, type, shape.length]);
  const dimensions = shape.map((n) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(n);
    return bytes;
  });
  return Buffer.concat([header, ...dimensions, data]);
}

const LABELS = idx(8, [2], Uint8Array.of(0, 1));
const FEATURES = npy('<f4', '2, 2', Float32Array.of(1, 2, 3, 4));

describe('MNIST', () => {
  const directory = join(scratch, 'mnist-data');
  before(() => copyMnist(directory));

  test('is listed with its shape', () => {
    const [info, ...others] = openDataDirectory(directory).list();
    assert.deepEqual(others, []);
    assert.match(info?.digest ?? '', /^[0-9a-f]{16}$/);
    assert.deepEqual(info, {
      name: 'mnist',
      kind: 'table',
      rows: 60_000,
      features: 784,
      targets: 1,
      classes: 10,
      validationRows: 10_000,
      bytes: 70_000 * (784 + 8),
      digest: info?.digest,
      image: [1, 28, 28],
    });
  });

  test('has the labels that LeCun gave it, and one byte per pixel', () => {
    const { features, targets, validation } = openDataDirectory(directory).load('mnist');
    assert.deepEqual([...targets.slice(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert.deepEqual([...(validation?.targets.slice(0, 5) ?? [])], [7, 2, 1, 0, 4]);
    assert.ok(features.data instanceof Uint8Array);
    assert.equal(features.scale, 1 / 255);
    assert.equal(features.data.length, 60_000 * 784);
    // Mean pixel of the training images, as the literature gives it.
    let sum = 0;
    for (const pixel of features.data) sum += pixel;
    assert.ok(Math.abs((sum / features.data.length) * features.scale - 0.1307) < 1e-4);
  });
});

describe('IDX', () => {
  const bytes = (write: (view: DataView) => void, length: number): Uint8Array => {
    const buffer = new ArrayBuffer(length);
    write(new DataView(buffer));
    return new Uint8Array(buffer);
  };
  const types: readonly [string, number, Uint8Array, readonly number[], new () => unknown][] = [
    ['signed bytes', 0x09, Uint8Array.of(0xff, 2), [-1, 2], Int8Array],
    ['shorts', 0x0b, bytes((v) => [v.setInt16(0, -2), v.setInt16(2, 515)], 4), [-2, 515], Int16Array],
    ['ints', 0x0c, bytes((v) => [v.setInt32(0, -3), v.setInt32(4, 70_000)], 8), [-3, 70_000], Int32Array],
    ['floats', 0x0d, bytes((v) => [v.setFloat32(0, 0.5), v.setFloat32(4, -8)], 8), [0.5, -8], Float32Array],
    [
      'doubles',
      0x0e,
      bytes((v) => [v.setFloat64(0, 0.1), v.setFloat64(8, 1e300)], 16),
      [0.1, 1e300],
      Float64Array,
    ],
  ];
  for (const [name, type, data, values, storage] of types)
    test(`${name} are big-endian and keep their type`, () => {
      const { features } = load({ 'set/features.idx': idx(type, [2, 1], data), 'set/targets.idx': LABELS });
      assert.ok(features.data instanceof storage);
      assert.deepEqual(valuesOf(features), values);
    });

  test('unsigned bytes are fractions of 255 among features and themselves among targets', () => {
    const { features, targets } = load({
      'set/features.idx': idx(8, [2, 1], Uint8Array.of(0, 255)),
      'set/targets.idx': idx(8, [2], Uint8Array.of(3, 255)),
    });
    assert.deepEqual(valuesOf(features), [0, 1]);
    assert.deepEqual([...targets], [3, 255]);
  });

  test('every rank is flattened to rows', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i);
    const { features } = load({ 'set/features.idx': idx(9, [2, 3, 2, 2], data), 'set/targets.idx': LABELS });
    assert.deepEqual([features.rows, features.columns], [2, 12]);
    assert.deepEqual(valuesOf(features), [...data]);
    const single = load({ 'set/features.idx': idx(9, [2], Uint8Array.of(1, 2)), 'set/targets.idx': LABELS });
    assert.equal(single.features.columns, 1);
  });

  test('the names of MNIST and of its kin work, compressed or not', () => {
    const directory = directoryWith({
      'set/emnist-letters-train-images-idx3-ubyte.gz': gzipSync(
        idx(8, [2, 1, 2], Uint8Array.of(0, 51, 102, 255)),
      ),
      'set/emnist-letters-train-labels-idx1-ubyte.gz': gzipSync(LABELS),
      'set/t10k-images.idx3-ubyte': idx(8, [1, 1, 2], Uint8Array.of(255, 0)),
      'set/t10k-labels.idx1-ubyte': idx(8, [1], Uint8Array.of(4)),
      'set/README': 'not data',
    });
    const { info, features, validation } = openDataDirectory(directory).load('set');
    assert.deepEqual([info.rows, info.features, info.classes, info.validationRows], [2, 2, 5, 1]);
    assert.deepEqual(valuesOf(features), [0, 0.2, 0.4, 1]);
    assert.deepEqual(valuesOf((validation as NonNullable<typeof validation>).features), [1, 0]);
  });

  test('files that are not what they say are refused', () => {
    const setOf = (features: Uint8Array) => ({ 'set/features.idx': features, 'set/targets.idx': LABELS });
    refused(setOf(Buffer.from('hello')), /^(set )?set\/features\.idx: is not an IDX file/);
    refused(setOf(Uint8Array.of(0, 0)), /is not an IDX file/);
    refused(setOf(idx(0x0a, [2], Uint8Array.of(1, 2))), /byte 3: 0x0a is not an IDX type/);
    refused(setOf(idx(8, [2, 2, 2], Uint8Array.of()).subarray(0, 9)), /ends inside its header of 16 bytes/);
    refused(
      setOf(idx(8, [2, 3], Uint8Array.of(1, 2))),
      /truncated: shape 2 × 3 of 1-byte .* needs 18 .* has 14/,
    );
    refused(setOf(idx(8, [2, 1], Uint8Array.of(1, 2, 3))), /too long/);
    refused(setOf(idx(8, [], Uint8Array.of(1))), /a single number, not rows/);
    refused(setOf(idx(8, [2, 0], Uint8Array.of())), /holds no numbers/);
  });

  test('dimensions beyond the file are refused before memory is taken', () => {
    const huge = [2 ** 32 - 1, 2 ** 32 - 1, 2 ** 32 - 1];
    const before = process.memoryUsage().arrayBuffers;
    refused({ 'set/features.idx': idx(14, huge, Uint8Array.of(1)), 'set/targets.idx': LABELS }, /truncated/);
    const many = idx(8, new Array(255).fill(2 ** 32 - 1), Uint8Array.of());
    refused({ 'set/features.idx': many, 'set/targets.idx': LABELS }, /truncated/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
  });

  test('a damaged gzip file is refused', () => {
    const whole = gzipSync(idx(9, [2, 1], Uint8Array.of(1, 2)));
    const setOf = (features: Uint8Array) => ({ 'set/features.idx.gz': features, 'set/targets.idx': LABELS });
    const claims = Buffer.from(whole);
    claims.writeUInt32LE(2 ** 32 - 1, claims.length - 4);
    refused(setOf(claims), /announces 4294967295 bytes, more than gzip can hold/);
    refused(setOf(Buffer.from('this is no gzip at all')), /announces|is not a complete gzip file/);
    refused(setOf(whole.subarray(0, 12)), /too short for a gzip file/);
    const flipped = Buffer.from(whole);
    flipped[flipped.length - 6] = (flipped[flipped.length - 6] as number) ^ 1;
    assert.throws(() => load(setOf(flipped)), /features\.idx\.gz: is not a complete gzip file/);
  });
});

describe('NPY', () => {
  const types: readonly [string, ArrayBufferView, readonly number[], new () => unknown][] = [
    ['<f8', Float64Array.of(0.1, -2), [0.1, -2], Float64Array],
    ['<f4', Float32Array.of(0.5, -2), [0.5, -2], Float32Array],
    ['<i8', BigInt64Array.of(-5n, 2n ** 53n - 1n), [-5, 2 ** 53 - 1], Float64Array],
    ['<i4', Int32Array.of(-70_000, 3), [-70_000, 3], Int32Array],
    ['<i2', Int16Array.of(-300, 3), [-300, 3], Int16Array],
    ['|i1', Int8Array.of(-3, 3), [-3, 3], Int8Array],
    ['|u1', Uint8Array.of(255, 3), [255, 3], Uint8Array],
    ['|b1', Uint8Array.of(1, 0), [1, 0], Uint8Array],
    ['>i2', Uint8Array.of(1, 0, 0, 2), [256, 2], Int16Array],
  ];
  for (const [descr, data, values, storage] of types)
    test(`${descr} is read as it is, without a scale`, () => {
      const { features, targets } = load({
        'set/features.npy': npy(descr, '2, 1', data),
        'set/targets.npy': npy(descr, '2,', data),
      });
      assert.ok(features.data instanceof storage);
      assert.deepEqual(valuesOf(features), values);
      assert.deepEqual([...targets], values);
    });

  test('versions 1.0 to 3.0 are read', () => {
    for (const version of [1, 2, 3]) {
      const features = npy('<f8', '2, 1', Float64Array.of(7, 8), { version });
      assert.deepEqual(
        valuesOf(load({ 'set/features.npy': features, 'set/targets.idx': LABELS }).features),
        [7, 8],
      );
    }
  });

  test('a matrix in Fortran order is transposed, of higher rank refused', () => {
    const columns = npy('<f8', '2, 3', Float64Array.of(1, 4, 2, 5, 3, 6), { fortran: true });
    const { features } = load({ 'set/features.npy': columns, 'set/targets.idx': LABELS });
    assert.deepEqual([features.rows, features.columns], [2, 3]);
    assert.deepEqual(valuesOf(features), [1, 2, 3, 4, 5, 6]);
    const cube = npy('<f8', '2, 1, 1', Float64Array.of(1, 2), { fortran: true });
    refused({ 'set/features.npy': cube, 'set/targets.idx': LABELS }, /Fortran order/);
  });

  test('files that are not what they say are refused', () => {
    const setOf = (features: Uint8Array) => ({ 'set/features.npy': features, 'set/targets.idx': LABELS });
    const two = Float64Array.of(1, 2);
    const header = npyHeader("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1), }");
    const longer = Buffer.from(header);
    longer.writeUInt16LE(60_000, 8);
    const unknown = Buffer.from(npy('<f8', '2,', two));
    unknown[6] = 9;
    refused(setOf(Buffer.from('PK\x03\x04 an npz archive')), /features\.npy: is not an NPY file/);
    refused(setOf(unknown), /NPY version 9\.0 is unknown/);
    refused(setOf(longer), /announces a header of 60000 bytes, the file has 128/);
    refused(setOf(npyHeader("{'descr': [('a', '<f8')], 'shape': (2,), }")), /structured dtypes/);
    refused(setOf(npyHeader("{'shape': (2,), }")), /does not give descr/);
    refused(setOf(npy('<c16', '2,', two)), /dtype '<c16' is not supported/);
    refused(setOf(npy('|O', '2,', two)), /dtype '\|O' is not supported/);
    refused(setOf(npy('<f8', '', Float64Array.of(1))), /a single number/);
    refused(setOf(npy('<f8', '3, 1', two)), /truncated: shape 3 × 1 of 8-byte elements needs 152 bytes/);
    refused(setOf(npy('<f8', '1, 1', two)), /too long/);
    refused(setOf(npy('<f8', `${'9'.repeat(400)}, 1`, two)), /truncated/);
  });

  test('NaN and infinity are refused with row and column', () => {
    const values = Float64Array.of(1, 2, 3, Number.NaN, 5, 6);
    const at = (features: Buffer) => () => load({ 'set/features.npy': features, 'set/targets.idx': LABELS });
    assert.throws(
      at(npy('<f8', '2, 3', values)),
      /features\.npy: row 2, column 1: NaN is not a finite number/,
    );
    assert.throws(at(npy('<f8', '2, 3', values, { fortran: true })), /row 2, column 2: NaN/);
  });

  test('a 64-bit integer that no double holds is refused', () => {
    const labels = npy('<i8', '2,', BigInt64Array.of(1n, 2n ** 60n));
    refused(
      { 'set/features.npy': FEATURES, 'set/targets.npy': labels },
      /element 2: 1152921504606846976 is beyond/,
    );
  });
});

describe('CSV', () => {
  test('a single file holds features and, in its last column, the target', () => {
    const { info, features, targets } = load({ 'set.csv': '1,2,0\n3,4,1\n' });
    assert.deepEqual([info.rows, info.features, info.targets, info.classes, info.bytes], [2, 2, 1, 2, 48]);
    assert.deepEqual(valuesOf(features), [1, 2, 3, 4]);
    assert.deepEqual([...targets], [0, 1]);
  });

  test('a column named target or label is the target', () => {
    const { features, targets } = load({ 'set.csv': 'a,Label,b\n1,0,2\n3,1,4\n' });
    assert.deepEqual(valuesOf(features), [1, 2, 3, 4]);
    assert.deepEqual([...targets], [0, 1]);
    // As pandas writes columns without names.
    assert.deepEqual([...load({ 'set.csv': '0,1,target\n1,2,7\n' }).targets], [7]);
    refused(
      { 'set.csv': 'label,a,target\n1,2,3\n' },
      /set\.csv: line 1: 2 columns are named target or label/,
    );
  });

  test('quotes, spaces, blank lines, CRLF, a byte order mark and exponents are understood', () => {
    const { features, targets } = load({
      'set.csv': '\ufeff"height, in m",weight,y\r\n\r\n"1.5", -2e3 ,+0\r\n   \r\n.5,6.,1E-2\r\n',
    });
    assert.deepEqual(valuesOf(features), [1.5, -2000, 0.5, 6]);
    assert.deepEqual([...targets], [0, 0.01]);
  });

  test('a folder holds features and targets, of any number of columns, in any mixture of formats', () => {
    const { info, targets, validation } = load({
      'set/features.npy': FEATURES,
      'set/targets.csv': 'u,v\n1,2\n3,4\n',
      'set/validation-features.csv': '5,6\n',
      'set/validation-targets.csv': '7,8\n',
    });
    assert.deepEqual([info.targets, info.classes, info.validationRows], [2, null, 1]);
    assert.deepEqual([...targets], [1, 2, 3, 4]);
    assert.deepEqual(validation && [...validation.targets], [7, 8]);
    assert.equal(info.bytes, 4 * 4 + 4 * 8 + 2 * 8 + 2 * 8);
  });

  test('many rows are read', () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${i / 2},${i % 3}`);
    const { info, features } = load({ 'set.csv': rows.join('\n') });
    assert.deepEqual([info.rows, info.classes], [5000, 3]);
    assert.equal(features.data[9999], 2499.5);
  });

  test('what is not a number is refused with line and column', () => {
    refused(
      { 'set.csv': 'a,b\r\n1,2\r\n\r\n3,x\r\n' },
      /set\.csv: line 4, column 2: "x" is not a finite number/,
    );
    refused({ 'set.csv': '1,2\nNaN,4\n' }, /line 2, column 1: "NaN"/);
    refused({ 'set.csv': '1,2\n3,-inf\n' }, /line 2, column 2: "-inf"/);
    refused({ 'set.csv': '1,2\n3,1e999\n' }, /line 2, column 2: "1e999"/);
    refused({ 'set.csv': '1,2\n3,0x10\n' }, /line 2, column 2: "0x10"/);
    refused({ 'set.csv': '1,2\n3,\n' }, /line 2, column 2: is empty/);
    refused({ 'set.csv': '1,2\n3\n' }, /line 2, column 2: the line has 1 values, the first one has 2/);
    refused({ 'set.csv': '1,2\n3,4,5\n' }, /line 2, column 3: the line has 3 values/);
    refused({ 'set.csv': '1,2\n3,"4"5\n' }, /set\.csv: line 2, column 2: Invalid Closing Quote/);
    refused({ 'set.csv': `1,2\n3,${'y'.repeat(1000)}\n` }, /"y{40}…" is not/);
  });

  test('a first line of data with a mistake in it does not pass for a header', () => {
    refused({ 'set.csv': '1,x\n3,4\n' }, /line 1, column 2: "x"/);
    refused({ 'set.csv': 'nan,nan\n3,4\n' }, /line 1, column 1: "nan"/);
    refused({ 'set.csv': ',\n3,4\n' }, /line 1, column 1: is empty/);
  });

  test('a file over 256 MiB is refused unread', () => {
    const directory = directoryWith({ 'set.csv': '1,2\n' });
    truncateSync(join(directory, 'set.csv'), 2 ** 28 + 1);
    assert.throws(
      () => openDataDirectory(directory).load('set'),
      /over the limit of 268435456; save it as NPY/,
    );
  });

  test('a file without rows or without features is refused', () => {
    refused({ 'set.csv': '' }, /set\.csv: is empty/);
    refused({ 'set.csv': '\n\n' }, /holds no numbers/);
    refused({ 'set.csv': 'a,b\n' }, /holds no numbers/);
    refused({ 'set.csv': '1\n2\n' }, /needs a column of features and one of targets/);
  });
});

describe('a text', () => {
  /** Reading it fails with a message that matches, and so does listing. */
  const refusedText = (content: Content, message: RegExp): void => {
    refused({ 'set.txt': content }, message);
    const data = openDataDirectory(directoryWith({ 'set.txt': content }));
    assert.throws(() => data.text('set'), { name: 'DatasetError', message });
  };

  test('is listed with its characters, its size and its digest', () => {
    const data = openDataDirectory(directoryWith({ 'set.txt': 'naïve 🐋\r\n' }));
    const [info] = data.list();
    assert.match(info?.digest ?? '', /^[0-9a-f]{16}$/);
    assert.deepEqual(info, {
      name: 'set',
      kind: 'text',
      characters: 9,
      bytes: 20,
      digest: info?.digest,
    });
    assert.deepEqual(data.text('set'), { info, text: 'naïve 🐋\r\n' });
    assert.equal(data.text('set'), data.text('set'), 'it is kept');
  });

  test('does not begin with its byte order mark', () => {
    const data = openDataDirectory(directoryWith({ 'set.txt': '\ufeffabc' }));
    assert.equal(data.text('set').text, 'abc');
  });

  test('is no table, and a table is no text', () => {
    const data = openDataDirectory(directoryWith({ 'set.txt': 'abc', 'table.csv': '1,2\n' }));
    assert.throws(() => data.load('set'), /^DatasetError: set: is a text, not a table of numbers$/);
    assert.throws(() => data.text('table'), /^DatasetError: table: is a table of numbers, not a text$/);
    assert.throws(() => data.text('none'), /no data set is named "none"/);
  });

  test('that is not UTF-8 is refused with the byte', () => {
    refusedText(Buffer.from('abc\xffdef', 'latin1'), /^(set )?set\.txt: is not UTF-8: byte 3 begins no/);
    refusedText(Buffer.from('caf\xe9 au lait', 'latin1'), /byte 3 begins no/);
    refusedText(Buffer.from('a🐋').subarray(0, 4), /byte 1 begins no/);
    refusedText(Buffer.from('\xed\xa0\x80', 'latin1'), /byte 0 begins no/);
    refusedText(Buffer.concat([Buffer.alloc(100_000, 'a'), Buffer.of(0x80)]), /byte 100000 begins no/);
    refusedText(Buffer.from('abc', 'utf16le').fill(0xd8, 1, 2), /byte 1 begins no/);
  });

  test('that is empty is refused', () => {
    refusedText('', /set\.txt: is empty/);
    refusedText('\ufeff', /set\.txt: is empty/);
  });

  test('of more than 64 MiB is refused unread', () => {
    const directory = directoryWith({ 'set.txt': 'a' });
    truncateSync(join(directory, 'set.txt'), 2 ** 26 + 1);
    assert.throws(() => openDataDirectory(directory).text('set'), /set\.txt: has 67108865 bytes; a text may/);
  });

  test('beside a table or a folder of its name is refused', () => {
    refused({ 'set.txt': 'abc', 'set.csv': '1,2\n' }, /set: is both a file set\.csv and a file set\.txt/);
    refused(
      { 'set.txt': 'abc', 'set/features.npy': FEATURES, 'set/targets.idx': LABELS },
      /set: is both a folder and a file set\.txt/,
    );
  });

  test('may be the novel that `npm run data:moby-dick` writes', () => {
    const directory = directoryWith({});
    const { name, kind, characters, bytes } = copyMobyDick(directory);
    assert.deepEqual(
      { name, kind, characters, bytes },
      openDataDirectory(directory)
        .list()
        .map(({ name, kind, ...rest }) => ({
          name,
          kind,
          characters: (rest as TextInfo).characters,
          bytes: rest.bytes,
        }))[0],
    );
    assert.equal(characters, 1_190_317);
    const { text } = openDataDirectory(directory).text('moby-dick');
    assert.ok(text.startsWith('CHAPTER 1. Loomings.\n\nCall me Ishmael.'));
    assert.ok(text.endsWith('as it rolled five thousand years ago.\n'));
  });
});

describe('a data set', () => {
  test('has classes only if its targets are integers from 0 to 65535', () => {
    const classes = (targets: string) =>
      load({ 'set/features.csv': '1\n2\n', 'set/targets.csv': targets }).info.classes;
    assert.equal(classes('0\n3\n'), 4);
    assert.equal(classes('0\n65535\n'), 65_536);
    assert.equal(classes('0\n65536\n'), null);
    assert.equal(classes('-1\n1\n'), null);
    assert.equal(classes('0.5\n1\n'), null);
  });

  test('counts a class that only the held-out rows have', () => {
    const { info } = load({
      'set/features.csv': '1\n',
      'set/targets.csv': '0\n',
      'set/validation-features.csv': '1\n',
      'set/validation-targets.csv': '6\n',
    });
    assert.equal(info.classes, 7);
  });

  test('whose files do not fit together is refused', () => {
    const pair = { 'set/features.npy': FEATURES, 'set/targets.idx': LABELS };
    refused(
      { 'set/features.csv': '1\n2\n3\n', 'set/targets.idx': LABELS },
      /targets\.idx: has 2 rows, but .* has 3/,
    );
    refused({ 'set/features.npy': FEATURES }, /set: has no file targets\./);
    refused({ 'set/notes.txt': 'soon' }, /set: has no file features\./);
    refused({ ...pair, 'set/features.csv': '1\n2\n' }, /both set\/features\.csv and set\/features\.npy/);
    refused({ ...pair, 'set/validation-targets.csv': '1\n' }, /has no file validation-features/);
    refused(
      { ...pair, 'set/validation-features.csv': '1\n', 'set/validation-targets.csv': '1\n' },
      /validation-features\.csv: has 1 columns, but set\/features\.npy has 2/,
    );
    refused({ ...pair, 'set.csv': '1,2\n' }, /both a folder and a file/);
    refused({ ...pair, 'set/targets.idx': '' }, /set\/targets\.idx: is empty/);
  });

  test('has a digest that follows its content, not its place or date', () => {
    const digest = (content: string, name = 'set') => load({ [`${name}.csv`]: content }, name).info.digest;
    assert.equal(digest('1,2\n'), digest('1,2\n', 'other'));
    assert.notEqual(digest('1,2\n'), digest('1,3\n'));
  });
});

describe('the directory', () => {
  test('that is not given or does not exist holds nothing', () => {
    for (const path of [null, join(scratch, 'nowhere')]) {
      const data = openDataDirectory(path);
      assert.deepEqual(data.list(), []);
      assert.equal(data.info('mnist'), null);
      assert.throws(() => data.load('mnist'), {
        name: 'DatasetError',
        message: /no data set is named "mnist"/,
      });
    }
  });

  test('that is a file is refused at once', () => {
    const directory = directoryWith({ file: 'x' });
    assert.throws(() => openDataDirectory(join(directory, 'file')), /file: is not a directory/);
  });

  test('lists what it can by name and reports the rest once', () => {
    const problems: string[] = [];
    const directory = directoryWith({
      'b.csv': '1,2\n',
      'a/features.npy': FEATURES,
      'a/targets.idx': LABELS,
      'broken.csv': '1,x\n',
      'bad name.csv': '1,2\n',
      '.hidden/features.csv': '1\n',
      'README.md': 'notes',
    });
    const data = openDataDirectory(directory, undefined, { onProblem: (name) => problems.push(name) });
    for (let i = 0; i < 3; i++)
      assert.deepEqual(
        data.list().map(({ name }) => name),
        ['a', 'b'],
      );
    assert.deepEqual(problems.sort(), ['bad name', 'broken']);
    assert.equal(data.info('broken'), null);

    put(directory, 'broken.csv', '1,2\n3,4\n');
    assert.equal(data.list().length, 3);
    put(directory, 'broken.csv', '1,y\n');
    data.list();
    assert.deepEqual(problems.sort(), ['bad name', 'broken', 'broken']);
  });

  test('gives nothing outside itself, whatever the name', () => {
    const directory = directoryWith({ 'inner/set.csv': '1,2\n', 'outside.csv': '1,2\n', 'outside/x': '' });
    const problems: string[] = [];
    const data = openDataDirectory(join(directory, 'inner'), undefined, {
      onProblem: (name) => problems.push(name),
    });
    const names = [
      '../outside',
      '..',
      '.',
      '',
      join(directory, 'outside'),
      'set/../set',
      'set\0',
      'set\n',
      'a..b',
      '.set',
      '-set',
      'inner\\set',
      '%2e%2e',
      'é',
      'x'.repeat(65),
      '__proto__',
    ];
    for (const name of names) {
      assert.equal(data.info(name), null);
      assert.throws(() => data.load(name), { name: 'DatasetError', message: /is not a data set name/ }, name);
    }
    assert.throws(() => data.load('constructor'), /no data set is named/);
    assert.deepEqual(problems, []);
  });

  test('follows symbolic links inside itself and none that lead out', () => {
    const outside = directoryWith({ 'features.csv': '1\n', 'targets.csv': '1\n', 'all.csv': '1,2\n' });
    const directory = directoryWith({ '.store/all.csv': '1,2\n', 'folder/targets.csv': '1\n' });
    symlinkSync(join(directory, '.store/all.csv'), join(directory, 'good.csv'));
    symlinkSync(join(outside, 'all.csv'), join(directory, 'file.csv'));
    symlinkSync(outside, join(directory, 'whole'));
    symlinkSync(join(outside, 'features.csv'), join(directory, 'folder/features.csv'));
    symlinkSync('nothing', join(directory, 'dangling.csv'));
    symlinkSync('circle', join(directory, 'circle'));
    symlinkSync('..', join(directory, 'parent'));
    symlinkSync('.', join(directory, 'self'));
    const problems: string[] = [];
    const data = openDataDirectory(directory, undefined, { onProblem: (name) => problems.push(name) });
    assert.deepEqual(
      data.list().map(({ name }) => name),
      ['good'],
    );
    assert.deepEqual(problems.sort(), ['circle', 'dangling', 'file', 'folder', 'parent', 'self', 'whole']);
    for (const name of ['file', 'folder', 'parent', 'self', 'whole'])
      assert.throws(() => data.load(name), {
        name: 'DatasetError',
        message: /leads outside the data directory/,
      });
  });

  test('that is itself a symbolic link works', () => {
    const link = join(scratch, 'link');
    symlinkSync(directoryWith({ 'set.csv': '1,2\n' }), link);
    assert.equal(openDataDirectory(link).load('set').info.rows, 1);
  });

  test('refuses what is not a regular file without opening it', () => {
    const directory = directoryWith({ 'set/targets.csv': '1\n', 'set/features.csv/x': '' });
    assert.throws(
      () => openDataDirectory(directory).load('set'),
      /set\/features\.csv: is not a regular file/,
    );
  });

  test('reports a file that it may not read and tries again once it may', {
    skip: process.getuid?.() === 0,
  }, () => {
    const directory = directoryWith({ 'set.csv': '1,2\n' });
    chmodSync(join(directory, 'set.csv'), 0);
    const data = openDataDirectory(directory);
    assert.deepEqual(data.list(), []);
    assert.throws(() => data.load('set'), {
      name: 'DatasetError',
      message: 'set.csv: may not be read by this process',
    });
    chmodSync(join(directory, 'set.csv'), 0o600);
    assert.equal(data.list().length, 1);
  });
});

describe('the cache', () => {
  test('returns the same object until a file changes', () => {
    const directory = directoryWith({ 'set.csv': '1,2\n' });
    const data = openDataDirectory(directory);
    const first = data.load('set');
    assert.equal(data.load('set'), first);
    assert.equal(data.info('set'), first.info);
    assert.equal(data.list()[0], first.info);

    put(directory, 'set.csv', '1,2\n3,4\n');
    assert.equal((data.list()[0] as TableInfo).rows, 2);
    assert.equal(data.load('set').features.rows, 2);
    assert.equal(first.features.rows, 1);
    rmSync(join(directory, 'set.csv'));
    assert.equal(data.info('set'), null);
    assert.throws(() => data.load('set'), /no data set is named/);
  });

  test('sees a file moved into place with the size and the date of the one before', () => {
    const directory = directoryWith({ 'set.csv': '1,2\n', 'new.partial': '1,3\n' });
    const data = openDataDirectory(directory);
    assert.deepEqual([...data.load('set').targets], [2]);
    const { atime, mtime } = statSync(join(directory, 'set.csv'));
    utimesSync(join(directory, 'set.csv'), atime, mtime);
    utimesSync(join(directory, 'new.partial'), atime, mtime);
    data.load('set');
    renameSync(join(directory, 'new.partial'), join(directory, 'set.csv'));
    assert.deepEqual([...data.load('set').targets], [3]);
  });

  test('drops the least recently used data set above its limit', () => {
    const directory = directoryWith({ 'a.csv': '1,2\n', 'b.csv': '1,2\n', 'c.csv': '1,2\n' });
    const data = openDataDirectory(directory, 2 * 16);
    const [a, b] = [data.load('a'), data.load('b')];
    assert.equal(data.load('a'), a);
    const c = data.load('c');
    assert.equal(data.load('a'), a);
    assert.equal(data.load('c'), c);
    assert.notEqual(data.load('b'), b);
  });

  test('does not keep a data set that is larger than its limit, nor drop others for it', () => {
    const directory = directoryWith({ 'small.csv': '1,2\n', 'large.csv': '1,2\n3,4\n' });
    const data = openDataDirectory(directory, 16);
    const small = data.load('small');
    assert.notEqual(data.load('large'), data.load('large'));
    assert.equal(data.load('small'), small);
  });

  test('does not read features to list them', () => {
    const rows = 2 ** 20;
    const directory = directoryWith({
      'set/features.npy': npy('<f8', `${rows}, 8`, new Float64Array(rows * 8)),
      'set/targets.npy': npy('|u1', `${rows},`, new Uint8Array(rows)),
    });
    cpSync(join(directory, 'set'), join(directory, 'twin'), { recursive: true });
    const before = process.memoryUsage().arrayBuffers;
    const data = openDataDirectory(directory);
    assert.equal(data.list().length, 2);
    assert.ok(process.memoryUsage().arrayBuffers - before < rows * 8 * 8);
  });
});

describe('images', () => {
  const idx = (...extents: number[]): Buffer => {
    const head = Buffer.alloc(4 + 4 * extents.length);
    head.set([0, 0, 8, extents.length]);
    extents.forEach((extent, i) => {
      head.writeUInt32BE(extent, 4 + 4 * i);
    });
    return Buffer.concat([head, Buffer.alloc(extents.reduce((product, extent) => product * extent, 1))]);
  };

  for (const [extents, image] of [
    [
      [2, 3, 4],
      [1, 3, 4],
    ],
    [
      [2, 3, 4, 5],
      [3, 4, 5],
    ],
    [[2, 6], null],
    [[2, 1, 2, 1, 2], null],
  ] as const)
    test(`rows of rank ${extents.length - 1} are ${image === null ? 'no images' : image.join(' x ')}`, () => {
      const directory = directoryWith({ 'set/features.idx': idx(...extents), 'set/targets.idx': idx(2) });
      assert.deepEqual((openDataDirectory(directory).info('set') as TableInfo).image, image);
    });

  test('CIFAR-10 is read from its batches, in their order, with one byte per pixel', () => {
    const directory = directoryWith({
      'set/data_batch_2.bin': cifarRecords([[7]], 2),
      'set/data_batch_1.bin': cifarRecords([[3], [9]]),
      'set/test_batch.bin': cifarRecords([[0]], 9),
      'set/batches.meta.txt': 'airplane\n',
      'set/readme.html': '',
    });
    const data = openDataDirectory(directory);
    const { digest, ...info } = data.info('set') as TableInfo;
    assert.match(digest, /^[0-9a-f]{16}$/);
    assert.deepEqual(info, {
      name: 'set',
      kind: 'table',
      rows: 3,
      features: 3072,
      targets: 1,
      classes: 10,
      validationRows: 1,
      image: [3, 32, 32],
      bytes: 4 * (3072 + 8),
    });
    const { features, targets, validation } = data.load('set');
    assert.deepEqual([...targets], [3, 9, 7]);
    assert.deepEqual([...(validation?.targets ?? [])], [0]);
    assert.ok(features.data instanceof Uint8Array);
    assert.equal(features.scale, 1 / 255);
    assert.deepEqual(
      [0, 1, 2].map((row) => features.data[row * 3072]),
      [0, 1, 2],
    );
    assert.equal(validation?.features.data[0], 9);
  });

  test('CIFAR-100 has a coarse and a fine label; the fine one counts', () => {
    const files = {
      'set/train.bin': cifarRecords([
        [19, 99],
        [1, 2],
      ]),
      'set/test.bin': cifarRecords([[4, 5]]),
    };
    const { targets, validation, info } = openDataDirectory(directoryWith(files)).load('set');
    assert.deepEqual([...targets, ...(validation?.targets ?? [])], [99, 2, 5]);
    assert.equal(info.classes, 100);
  });

  test('training batches do without test images, but not the other way round', () => {
    const alone = openDataDirectory(directoryWith({ 'set/data_batch_1.bin': cifarRecords([[3]]) }));
    assert.equal((alone.info('set') as TableInfo).validationRows, 0);
    refused({ 'set/test_batch.bin': cifarRecords([[3]]) }, /set: has no data_batch_\*\.bin$/);
    refused({ 'set/test.bin': cifarRecords([[3, 3]]) }, /set: has no train\.bin$/);
  });

  test('files that are cut short, empty or of another kind say so', () => {
    const record = cifarRecords([[3]]);
    refused(
      { 'set/data_batch_1.bin': record, 'set/data_batch_2.bin': record.subarray(0, 3000) },
      /set\/data_batch_2\.bin: truncated, or no CIFAR-10 file: 3000 bytes are no multiple of 3073/,
    );
    refused({ 'set/train.bin': record }, /set\/train\.bin: truncated, or no CIFAR-100 file: 3073 bytes/);
    refused({ 'set/data_batch_1.bin': '' }, /set\/data_batch_1\.bin: is empty$/);
    refused(
      { 'set/data_batch_1.bin': cifarRecords([[1], [10]]) },
      /set\/data_batch_1\.bin: is no CIFAR-10 file: a label is 10, not below 10$/,
    );
    refused(
      { 'set/data_batch_1.bin': record, 'set/features.idx': idx(1, 2), 'set/targets.idx': idx(1) },
      /set: has both set\/data_batch_1\.bin and set\/features\.idx$/,
    );
  });
});
