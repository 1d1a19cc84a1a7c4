import type { Vector } from '../../kernels/vector.js';

/** Bytes of features that stay in the L2 cache from the outputs to the gradient. */
const BLOCK_BYTES = 256 * 1024;

export interface Rows {
  readonly features: Vector;
  readonly targets: Vector | Int32Array;
  count: number;
}

/** With the outputs of the rows. */
export interface Block extends Rows {
  readonly out: Vector;
}

/** Blocks of a multiple of `unit` rows, one output each; null where all rows fit into one. */
export function blocksOf(
  { features, targets, count }: Rows,
  out: Vector,
  unit: number,
): readonly Block[] | null {
  const width = features.length / count;
  const fitting = BLOCK_BYTES / (width * features.BYTES_PER_ELEMENT);
  const size = unit * Math.max(1, Math.floor(fitting / unit));
  if (size >= count) return null;
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min((i + 1) * size, count)];
    return {
      features: features.subarray(from * width, to * width),
      targets: targets.subarray(from, to),
      out: out.subarray(from, to),
      count: to - from,
    };
  });
}
