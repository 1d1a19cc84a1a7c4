import { parseInput } from '../src/app/operation.js';
import { clip } from '../src/app/operations/clip.js';
import { operations } from '../src/app/operations/index.js';
import { toJson } from '../src/wire/json.js';
import { type Codec, loadProtocol, newCodecs } from '../src/wire/protocol.js';
import { micro, numbers, time } from './measure.js';
import type { Table } from './table.js';

const SIZES = [10, 100, 1000, 10_000, 100_000, 1_000_000];
const CLIPPING = { globalNorm: { threshold: 1 } };
const SAMPLES = 5;

/** What arrives is decoded and validated; what leaves is a reply of the same size. */
export function wire(): Table[] {
  const codec = newCodecs(operations, loadProtocol()).get('Clip') as Codec;
  const rows = SIZES.map((n) => {
    const data = numbers(n);
    const raw = new Uint8Array(data.buffer);
    const tensor = { name: '0', shape: [n], dtype: 'float64' };
    const json = toJson({ gradients: [{ ...tensor, values: data }], clipping: CLIPPING });
    const request = (fields: object): Buffer =>
      codec.method.requestSerialize({ gradients: [{ ...tensor, ...fields }], clipping: CLIPPING });
    const withValues = request({ values: Array.from(data) });
    const withRaw = request({ raw });
    const cells = [
      () => parseInput(clip, JSON.parse(json)),
      () => toJson({ gradients: [{ ...tensor, values: data }], reports: [] }),
      () => parseInput(clip, codec.decode(withValues)),
      () => codec.encode({ gradients: [{ ...tensor, values: data }], reports: [] }),
      () => parseInput(clip, codec.decode(withRaw)),
      () => codec.encode({ gradients: [{ ...tensor, raw }], reports: [] }),
    ].map((call) => micro(time(() => void call(), SAMPLES).median));
    return [n, ...cells];
  });
  return [
    {
      title: 'what a tensor costs on the wire',
      note: 'Decoding with validation, and encoding, of n doubles; median µs on one thread.',
      columns: ['n', 'JSON in', 'JSON out', 'protobuf in', 'protobuf out', 'raw in', 'raw out'],
      rows,
    },
  ];
}
