import { z } from 'zod';
import { below, STREAM_AUGMENTATION, words } from '../../kernels/random.js';

/** What an iteration sees of an image; each image of each iteration is drawn anew. */
export const augmentation = z.strictObject({
  padding: z.int().min(0).max(4096).default(4).describe('of the random crop, on each side'),
  randomCrop: z
    .boolean()
    .default(false)
    .describe('a window of the size of the image, anywhere in the image padded with zeros'),
  horizontalFlip: z.boolean().default(false).describe('left and right change places half of the time'),
});
export type Augmentation = z.output<typeof augmentation>;

/** Where a window lies: rows down, columns right, and whether it is mirrored then. */
export interface View {
  readonly down: Int32Array;
  readonly right: Int32Array;
  readonly flipped: Uint8Array;
}

export const newView = (images: number): View => ({
  down: new Int32Array(images),
  right: new Int32Array(images),
  flipped: new Uint8Array(images),
});

/** Overwrites the views of the images of an iteration: a function of (seed, iteration) and the place in the batch. */
export function drawViews(
  view: View,
  options: Augmentation | undefined,
  seed: number,
  iteration: number,
): void {
  if (options === undefined) return;
  const { padding, randomCrop, horizontalFlip } = options;
  const next = words(seed, STREAM_AUGMENTATION, iteration);
  for (let i = 0; i < view.down.length; i++) {
    if (randomCrop) {
      view.down[i] = below(2 * padding + 1, next) - padding;
      view.right[i] = below(2 * padding + 1, next) - padding;
    }
    if (horizontalFlip) view.flipped[i] = next() & 1;
  }
}
