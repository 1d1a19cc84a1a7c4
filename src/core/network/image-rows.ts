import type { DatasetContent, ImageShape, Matrix } from '../datasets.js';
import { type Augmentation, drawViews, newView, type View } from '../objectives/images/augmentation.js';
import { newMiniBatches } from '../objectives/mini-batch.js';
import type { Batch, Labels, Network, Node } from './graph.js';
import { judge } from './held-out.js';
import type { Feeder } from './plan.js';

/** Where a graph takes images [n, h, w, c] and their labels, and where it puts out logits. */
export interface ImageInputs {
  readonly batch: Batch;
  readonly images: Node;
  readonly labels: Labels;
  readonly logits: Node;
}

export interface ImageOptions {
  readonly image: ImageShape;
  /** Of each channel: what is subtracted from a pixel, and what the rest is divided by. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly augmentation: Augmentation | undefined;
  readonly seed: number;
}

interface Rows {
  readonly images: Matrix;
  readonly labels: ArrayLike<number>;
}

/**
 * Feeds `batch` images of a data set an iteration, each through its own random view; held-out images come as they
 * are, as many at a time, for their loss and the share that is classified right. Pixels are read where the data set has
 * them.
 */
export function feedImages(
  network: Network,
  { batch, images, labels, logits }: ImageInputs,
  content: DatasetContent,
  options: ImageOptions,
): Feeder {
  const { augmentation, seed } = options;
  const all: Rows = { images: content.features, labels: content.targets };
  const held: Rows | null = content.validation && {
    images: content.validation.features,
    labels: content.validation.targets,
  };
  const most = batch.size;
  const count = all.images.rows;
  const inOrder = Int32Array.from({ length: Math.max(count, held?.images.rows ?? 0) }, (_, i) => i);
  const batches = most < count ? newMiniBatches(seed, new Int32Array(count), most) : null;
  const view = newView(most);
  const plain = newView(most);
  const write = (rows: Rows, index: Int32Array, views: View): void => {
    batch.size = index.length;
    copyImages(images, rows.images, index, options, views);
    for (let i = 0; i < index.length; i++) labels.value[i] = rows.labels[index[i] as number] as number;
  };
  let current: Int32Array = inOrder.subarray(0, Math.min(most, count));
  const select = (iteration: number): void => {
    if (batches !== null) current = batches(iteration);
    drawViews(view, augmentation, seed, iteration);
    write(all, current, view);
  };
  select(0);

  const evaluate = (rows: Rows, out: Float64Array): void => {
    const some = (from: number, to: number): void => write(rows, inOrder.subarray(from, to), plain);
    judge(network, { output: logits, targets: labels }, rows.images.rows, most, some, out);
    write(all, current, view);
  };
  return {
    ...((batches !== null || augmentation !== undefined) && { select }),
    ...(held !== null && { evaluate: (out) => evaluate(held, out) }),
  };
}

/** Overwrites the images [n, h, w, c] with the rows (c x h x w) that `index` names, seen through their views and normalised. */
function copyImages(
  images: Node,
  { data, scale, columns }: Matrix,
  index: Int32Array,
  { image, mean, std }: ImageOptions,
  { down, right, flipped }: View,
): void {
  const into = images.value;
  const [c, h, w] = image;
  for (let i = 0; i < index.length; i++) {
    const [dy, dx] = [down[i] as number, right[i] as number];
    const mirrored = flipped[i] === 1;
    for (let k = 0; k < c; k++) {
      const from = (index[i] as number) * columns + k * h * w;
      const m = mean[k] as number;
      const s = std[k] as number;
      let to = i * columns + k;
      for (let y = dy; y < h + dy; y++)
        for (let j = 0; j < w; j++, to += c) {
          const x = (mirrored ? w - 1 - j : j) + dx;
          const inside = y >= 0 && y < h && x >= 0 && x < w;
          into[to] = ((inside ? (data[from + y * w + x] as number) * scale : 0) - m) / s;
        }
    }
  }
}
