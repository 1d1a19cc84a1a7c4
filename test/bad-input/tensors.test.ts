import { type Row, refusals } from '../support/refusals.js';

const clipping = { globalNorm: { threshold: 1 } };
const g = { shape: [2], values: [3, 4] };
const tensor = (t: unknown) => ({ gradients: [t], clipping });

const tensors: Row[] = [
  {
    title: 'a NaN under REJECT',
    request: tensor({ name: 'w', shape: [3], values: [1, Number.NaN, 2] }),
    path: 'gradients[0].values[1]',
    says: ['is NaN in tensor "w"', 'REJECT'],
    metadata: { tensor: 'w', index: '1', value: 'NaN' },
  },
  {
    title: 'an infinity in the second tensor under REJECT',
    request: { gradients: [g, { shape: [1], values: [-Infinity] }], clipping },
    path: 'gradients[1].values[0]',
    says: ['is -Infinity in tensor "1"'],
    metadata: { tensor: '1', index: '0', value: '-Infinity' },
  },
  {
    title: 'fewer values than the shape says',
    request: tensor({ shape: [3], values: [1, 2] }),
    path: 'gradients[0].values',
    says: ['shape [3] needs 3 values', 'got 2'],
  },
  {
    title: 'more values than the shape says',
    request: tensor({ shape: [2, 0], values: [1] }),
    path: 'gradients[0].values',
    says: ['shape [2, 0] needs 0 values', 'got 1'],
  },
  {
    title: 'fewer raw bytes than the shape says',
    request: tensor({ shape: [2], raw: new Uint8Array(8) }),
    path: 'gradients[0].raw',
    says: ['shape [2] of float64 needs 16 bytes', 'got 8'],
  },
  {
    title: 'raw bytes of the other element type',
    request: tensor({ shape: [2], dtype: 'float32', raw: new Uint8Array(16) }),
    path: 'gradients[0].raw',
    says: ['shape [2] of float32 needs 8 bytes', 'got 16'],
  },
  {
    title: 'raw bytes that are no whole number of elements',
    request: tensor({ shape: [2], raw: new Uint8Array(15) }),
    path: 'gradients[0].raw',
    says: ['15 bytes', 'float64 (8 bytes each)'],
  },
  {
    title: 'an element type there is not',
    request: tensor({ shape: [1], dtype: 'float16', values: [1] }),
    path: 'gradients[0].dtype',
    says: ['"float64" or "float32"', 'got "float16"'],
  },
  {
    title: 'values and raw at once',
    request: tensor({ shape: [1], values: [1], raw: new Uint8Array(8) }),
    path: 'gradients[0]',
    says: ['needs values or raw, not both'],
  },
  {
    title: 'the name of an earlier tensor',
    request: {
      gradients: [
        { name: 'w', ...g },
        { name: 'w', ...g },
      ],
      clipping,
    },
    path: 'gradients[1].name',
    says: ['is the name of an earlier tensor', 'got "w"'],
  },
  {
    title: 'a name that another tensor has by its place',
    request: { gradients: [{ name: '1', ...g }, g], clipping },
    path: 'gradients[1].name',
    says: ['is the name of an earlier tensor'],
  },
  {
    title: 'a name of 257 characters',
    request: tensor({ name: 'n'.repeat(257), ...g }),
    path: 'gradients[0].name',
    says: ['at most 256 characters'],
  },
  {
    title: 'a shape of 33 axes',
    request: tensor({ shape: new Array(33).fill(1), values: [1] }),
    path: 'gradients[0].shape',
    says: ['at most 32 extents', 'got an array of 33'],
  },
  {
    title: 'a shape of a billion elements without data',
    request: tensor({ shape: [1000, 1000, 1000], values: [] }),
    path: 'gradients[0].values',
    says: ['shape [1000, 1000, 1000] needs 1000000000 values', 'got 0'],
  },
  {
    title: 'a shape whose size is no safe integer',
    request: tensor({ shape: [4294967295, 4294967295, 4294967295], raw: new Uint8Array(8) }),
    path: 'gradients[0].raw',
    says: ['needs', 'got 8'],
  },
  {
    title: 'a negative extent',
    request: tensor({ shape: [-2], values: [3, 4] }),
    path: 'gradients[0].shape[0]',
    says: ['must be an integer between 0 and 4294967295', 'got -2'],
    only: 'REST',
  },
  {
    title: 'an extent that is no integer',
    request: tensor({ shape: [1.5], values: [3] }),
    path: 'gradients[0].shape[0]',
    says: ['must be an integer', 'got 1.5'],
    only: 'REST',
  },
  {
    title: 'a value in words',
    request: tensor({ shape: [2], values: [3, 'four'] }),
    path: 'gradients[0].values[1]',
    says: ['expected a number', 'got "four"'],
    only: 'REST',
  },
  {
    title: 'a value that is null',
    request: tensor({ shape: [2], values: [3, null] }),
    path: 'gradients[0].values[1]',
    says: ['expected a number', 'got null'],
    only: 'REST',
  },
  {
    title: 'values that are one number',
    request: tensor({ values: 3 }),
    path: 'gradients[0].values',
    says: ['expected an array of numbers', 'got 3'],
    only: 'REST',
  },
  {
    title: 'raw that is not base64',
    request: tensor({ shape: [1], raw: '*!*!' }),
    path: 'gradients[0].raw',
    says: ['is not base64'],
    only: 'REST',
  },
  {
    title: 'raw that is a list of bytes',
    request: tensor({ shape: [1], raw: [0, 0] }),
    path: 'gradients[0].raw',
    says: ['expected base64 text or bytes'],
    only: 'REST',
  },
  {
    title: 'an unknown field of a tensor',
    request: tensor({ shape: [1], value: [1] }),
    path: 'gradients[0].value',
    says: ['unknown field (known: name, shape, dtype, values, raw), got an array of 1'],
    only: 'REST',
  },
  {
    title: 'a ragged array',
    request: tensor([[1, 2], [3]]),
    path: 'gradients[0][1]',
    says: ['is ragged', 'expected 2 entries', 'got 1'],
    only: 'REST',
  },
  {
    title: 'numbers beside arrays',
    request: tensor([[1, 2], 3]),
    path: 'gradients[0][1]',
    says: ['is ragged'],
    only: 'REST',
  },
  {
    title: 'a gradient that is a number',
    request: tensor(3),
    path: 'gradients[0]',
    says: ['expected a tensor', 'got 3'],
    only: 'REST',
  },
  {
    title: 'more tensors than names are good for',
    request: { gradients: new Array(65_537).fill({ values: [1] }), clipping },
    path: 'gradients',
    says: ['at most 65536 tensors', 'got 65537'],
  },
  {
    title: 'gradients that are one tensor',
    request: { gradients: g, clipping },
    path: 'gradients',
    says: ['expected an array of tensors', 'got an object'],
    only: 'REST',
  },
];

refusals('Clip refuses', 'Clip', tensors);
