import { clipByNorm, newReport } from '../src/core/kernels/clip.js';
import { norm2 } from '../src/core/kernels/norm.js';
import type { Vector } from '../src/core/kernels/vector.js';
import { micro, numbers, ratio, time } from './measure.js';
import type { Table } from './table.js';

const SIZES = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/** Bytes a second that a loop can read which only adds up doubles, eight sums at a time. */
function readBandwidth(x: Vector): number {
  const doubles = new Float64Array(x.buffer, 0, x.byteLength >> 3);
  return x.byteLength / time(() => void sum(doubles)).best;
}

function sum(x: Float64Array): number {
  let [a, b, c, d, e, f, g, h] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i + 8 <= x.length; i += 8) {
    a += x[i] as number;
    b += x[i + 1] as number;
    c += x[i + 2] as number;
    d += x[i + 3] as number;
    e += x[i + 4] as number;
    f += x[i + 5] as number;
    g += x[i + 6] as number;
    h += x[i + 7] as number;
  }
  return a + b + c + d + e + f + g + h;
}

/** The same of the C library: its search for a byte that is not there, with the widest loads the processor has. */
function memchrBandwidth(x: Vector): number {
  const bytes = Buffer.from(new ArrayBuffer(x.byteLength)).fill(2);
  return x.byteLength / time(() => void bytes.indexOf(1)).best;
}

/** A threshold that sinks a little at every call, so that each call really scales. */
function newClip(x: Vector): () => void {
  const tensors = [x];
  const squares = new Float64Array(1);
  const report = newReport('');
  let threshold = norm2(tensors, squares);
  return () => {
    threshold *= 1 - 1e-6;
    clipByNorm(tensors, norm2(tensors, squares), threshold, 2, 0, report);
    if (!report.clipped) throw new Error('the threshold did not sink');
  };
}

export function kernels(): Table[] {
  const rows = SIZES.flatMap((n) =>
    (['float64', 'float32'] as const).map((dtype) => {
      const x = dtype === 'float64' ? numbers(n) : Float32Array.from(numbers(n));
      const squares = new Float64Array(1);
      const norm = time(() => void norm2([x], squares)).best;
      const achieved = x.byteLength / norm;
      const bandwidth = readBandwidth(x);
      const clip = time(newClip(x)).best;
      return [
        n,
        dtype,
        micro(norm),
        (achieved / 1e9).toFixed(1),
        (bandwidth / 1e9).toFixed(1),
        ratio(achieved / bandwidth),
        (memchrBandwidth(x) / 1e9).toFixed(1),
        micro(clip),
      ];
    }),
  );
  return [
    {
      title: 'norm and clip in the core',
      note:
        'The fastest of 15 samples, one thread. Read: a loop that only adds up the same bytes as doubles, in the same run; memchr: ' +
        'what the C library reads, with instructions that no JavaScript gets. Clip: the norm, then the scaling in place. ' +
        'At n = 10⁷ the data come from memory, below 10⁶ from caches.',
      columns: ['n', 'dtype', 'norm µs', 'norm GB/s', 'read GB/s', 'norm / read', 'memchr GB/s', 'clip µs'],
      rows,
    },
  ];
}
