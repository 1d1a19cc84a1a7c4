import { clipByNorm, newReport } from '../src/core/kernels/clip.js';
import { norm2, sumOfSquares } from '../src/core/kernels/norm.js';
import type { Vector } from '../src/core/kernels/vector.js';
import { micro, numbers, ratio, time } from './measure.js';
import type { Table } from './table.js';

const SIZES = [10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];

/** Bytes a second that this process can read: the C library's search for a byte that is not there. */
function readBandwidth(bytes: Buffer): number {
  return bytes.length / time(() => bytes.indexOf(1)).best;
}

/** A threshold that sinks a little at every call, so that each call really scales. */
function newClip(x: Vector): () => void {
  const tensors = [x];
  const squares = new Float64Array(1);
  const report = newReport('');
  let threshold = norm2(tensors, squares);
  return () => {
    threshold *= 1 - 1e-6;
    squares[0] = sumOfSquares(x);
    clipByNorm(tensors, squares, threshold, 2, 0, report);
    if (!report.clipped) throw new Error('the threshold did not sink');
  };
}

export function kernels(): Table[] {
  const rows = SIZES.flatMap((n) =>
    (['float64', 'float32'] as const).map((dtype) => {
      const x = dtype === 'float64' ? numbers(n) : Float32Array.from(numbers(n));
      const squares = new Float64Array(1);
      const norm = time(() => void norm2([x], squares)).best;
      const bytes = Buffer.from(new ArrayBuffer(x.byteLength));
      const bandwidth = readBandwidth(bytes);
      const achieved = x.byteLength / norm;
      const clip = time(newClip(x)).best;
      return [
        n,
        dtype,
        micro(norm),
        (achieved / 1e9).toFixed(1),
        (bandwidth / 1e9).toFixed(1),
        ratio(achieved / bandwidth),
        micro(clip),
      ];
    }),
  );
  return [
    {
      title: 'norm and clip in the core',
      note:
        'The fastest of 15 samples, one thread. Read bandwidth: `Buffer.indexOf` of a byte that is not there (memchr) over ' +
        'as many bytes, in the same run. Clip: the norm, then the scaling in place. At n = 10⁷ the data come from memory, ' +
        'below 10⁶ from caches, where memchr is no limit that a norm could reach.',
      columns: ['n', 'dtype', 'norm µs', 'norm GB/s', 'read GB/s', 'norm / read', 'clip µs'],
      rows,
    },
  ];
}
