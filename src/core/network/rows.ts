import type { DatasetContent, DatasetShape, Matrix } from '../datasets.js';
import type { Vector } from '../kernels/vector.js';
import { newVector } from '../layout.js';
import { newMiniBatches } from '../objectives/mini-batch.js';
import type { Batch, Labels, Network, Node } from './graph.js';
import { judge } from './held-out.js';
import type { Feeder } from './plan.js';

/** Where a graph takes rows: features, and numbers or labels to compare its output with. */
export interface RowInputs {
  readonly batch: Batch;
  readonly features: Node;
  readonly targets: Node | Labels;
  readonly output: Node;
}

interface Rows {
  readonly features: Vector;
  readonly targets: ArrayLike<number>;
  readonly count: number;
}

/** Bytes of all rows in the element type, and of their order. */
export const rowBytes = (shape: DatasetShape, width: number): number =>
  (shape.rows + shape.validationRows) * (shape.features * width + shape.targets * 8) + 4 * shape.rows;

/**
 * Feeds rows of a data set: `batch` of them an iteration, or all. Held-out rows go through the same graph, as many at
 * a time; their loss and, with labels, the share that is classified right are the metrics.
 */
export function feedRows(
  network: Network,
  { batch, features, targets, output }: RowInputs,
  content: DatasetContent,
  seed: number,
): Feeder {
  const all = rowsOf(content.features, content.targets, features);
  const held =
    content.validation && rowsOf(content.validation.features, content.validation.targets, features);
  const most = batch.size;
  const inOrder = Int32Array.from({ length: Math.max(all.count, held?.count ?? 0) }, (_, i) => i);
  let current: Int32Array = inOrder.subarray(0, Math.min(most, all.count));
  const write = (rows: Rows, index: Int32Array): void => {
    batch.size = index.length;
    copyRows(features.value, rows.features, index, rows.features.length / rows.count);
    copyRows(targets.value, rows.targets, index, rows.targets.length / rows.count);
  };
  write(all, current);

  const evaluate = (rows: Rows, out: Float64Array): void => {
    const some = (from: number, to: number): void => write(rows, inOrder.subarray(from, to));
    judge(network, { output, targets }, rows.count, most, some, out);
    write(all, current);
  };
  const batches = most < all.count ? newMiniBatches(seed, new Int32Array(all.count), most) : null;
  return {
    ...(batches !== null && {
      select(iteration) {
        current = batches(iteration);
        write(all, current);
      },
    }),
    ...(held !== null && { evaluate: (out) => evaluate(held, out) }),
  };
}

function rowsOf({ data, scale, rows }: Matrix, targets: ArrayLike<number>, like: Node): Rows {
  const features = newVector(like.value instanceof Float32Array ? 'float32' : 'float64', data.length);
  for (let i = 0; i < features.length; i++) features[i] = (data[i] as number) * scale;
  return { features, targets, count: rows };
}

/** into ← the rows of `from` that `index` names, one after the other. */
function copyRows(
  into: Vector | Int32Array,
  from: ArrayLike<number>,
  index: Int32Array,
  width: number,
): void {
  for (let r = 0; r < index.length; r++) {
    const first = (index[r] as number) * width;
    for (let j = 0; j < width; j++) into[r * width + j] = from[first + j] as number;
  }
}
