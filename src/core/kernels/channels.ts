import type { Heap } from './heap.js';
import { checkVector, rawKernels } from './raw.js';
import type { Vector } from './vector.js';

const NAMES = ['channelStatistics', 'normalize', 'normalizeSums', 'normalizeBackward'] as const;

/** What is done to each channel of x (rows x channels): y = (x - mean) · factor + shift. */
export interface Channels {
  readonly mean: Vector;
  readonly factor: Vector;
  readonly shift: Vector;
  /** Σ x / rows and Σ (x - mean)² of the rows, in double. */
  readonly means: Float64Array;
  readonly deviations: Float64Array;
  /** Σ g and Σ g (x - mean), g the gradient of y before the ReLU. */
  readonly sums: Float64Array;
  readonly products: Float64Array;
  statistics(x: Vector, rows: number): void;
  /** y ← (x - mean) · factor + shift + residual, with `relu` the positive part of it. */
  normalize(y: Vector, x: Vector, residual: Vector | null, rows: number): void;
  /** Writes `sums` and `products`; y is what `normalize` made. */
  gradientSums(dy: Vector, y: Vector, x: Vector, rows: number): void;
  /**
   * dx ← (g - shift - (x - mean) · slope) · factor, residual ← g, or added to them; left out where null. `shift` has the
   * part of the gradient that is the same for all rows by then.
   */
  backward(
    dx: Vector | null,
    residual: Vector | null,
    dy: Vector,
    y: Vector,
    x: Vector,
    rows: number,
    addX: boolean,
    addResidual: boolean,
  ): void;
  readonly slope: Vector;
}

/** Numbers of the element type (`width` bytes) that `newChannels` allocates for so many channels. */
export const channelNumbers = (channels: number, width: number): number =>
  4 * (channels + 4) + (32 / width) * (channels + 2);

/** Allocates its vectors in the heap. */
export function newChannels(
  heap: Heap,
  allocate: (n: number) => Vector,
  channels: number,
  bits: 32 | 64,
  relu: boolean,
): Channels {
  const kernels = rawKernels(heap, bits, NAMES);
  const [mean, factor, shift, slope] = [0, 1, 2, 3].map(() => allocate(channels)) as [
    Vector,
    Vector,
    Vector,
    Vector,
  ];
  const [means, deviations, sums, products] = [0, 1, 2, 3].map(() => heap.f64(channels)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const check = (rows: number, ...vectors: (Vector | null)[]): void => {
    for (const x of vectors) if (x !== null) checkVector(heap, bits, x, rows * channels);
  };
  const at = (x: Vector | null): number => (x === null ? 0 : x.byteOffset);
  return {
    mean,
    factor,
    shift,
    slope,
    means,
    deviations,
    sums,
    products,
    statistics(x, rows) {
      check(rows, x);
      kernels.channelStatistics(means.byteOffset, deviations.byteOffset, x.byteOffset, rows, channels);
    },
    normalize(y, x, residual, rows) {
      check(rows, y, x, residual);
      kernels.normalize(
        y.byteOffset,
        x.byteOffset,
        at(residual),
        mean.byteOffset,
        factor.byteOffset,
        shift.byteOffset,
        rows,
        channels,
        +relu,
      );
    },
    gradientSums(dy, y, x, rows) {
      check(rows, dy, y, x);
      kernels.normalizeSums(
        sums.byteOffset,
        products.byteOffset,
        dy.byteOffset,
        y.byteOffset,
        x.byteOffset,
        mean.byteOffset,
        rows,
        channels,
        +relu,
      );
    },
    backward(dx, residual, dy, y, x, rows, addX, addResidual) {
      check(rows, dx, residual, dy, y, x);
      kernels.normalizeBackward(
        at(dx),
        at(residual),
        dy.byteOffset,
        y.byteOffset,
        x.byteOffset,
        mean.byteOffset,
        factor.byteOffset,
        shift.byteOffset,
        slope.byteOffset,
        rows,
        channels,
        +relu,
        +addX,
        +addResidual,
      );
    },
  };
}
