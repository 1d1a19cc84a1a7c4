import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DatasetContent } from '../../../src/core/datasets.js';
import { feedImages, type ImageOptions } from '../../../src/core/network/image-rows.js';
import { linear } from '../../../src/core/network/linear.js';
import { crossEntropy } from '../../../src/core/network/losses.js';
import { planNetwork } from '../../../src/core/network/network.js';
import type { Feeder } from '../../../src/core/network/plan.js';
import { globalAverage } from '../../../src/core/network/pooling.js';
import type { Augmentation } from '../../../src/core/objectives/images/augmentation.js';

const C = 2;
const H = 3;
const W = 4;
const ROWS = 5;
/** Row r, channel k, place p is 1000 r + 100 k + p + 1: no pixel is 0, as what is outside. */
const pixel = (r: number, k: number, p: number): number => 1000 * r + 100 * k + p + 1;

function content(rows: number): DatasetContent {
  const data = Array.from({ length: rows * C * H * W }, (_, i) =>
    pixel(Math.floor(i / (C * H * W)), Math.floor(i / (H * W)) % C, i % (H * W)),
  );
  const all = { rows, columns: C * H * W, data, scale: 1 };
  const targets = Float64Array.from({ length: rows }, (_, i) => i % 3);
  return { features: all, targets, validation: { features: all, targets } };
}

interface Fed {
  readonly feeder: Feeder;
  /** Images of the batch, each as channels of rows of pixels. */
  images(): number[][][][];
  labels(): number[];
}

function fed(batchSize: number, augmentation?: Augmentation, options: Partial<ImageOptions> = {}): Fed {
  const { plan, declared } = planNetwork(
    { dtype: 'float64', secondOrder: false, batch: batchSize },
    (graph) => {
      const images = graph.input([batchSize, H, W, C]);
      const labels = graph.labels(batchSize);
      const w = graph.parameter('W', [3, C], () => {});
      const logits = linear(graph, globalAverage(graph, images), w, null);
      crossEntropy(graph, logits, labels);
      return { images, labels, logits, batch: graph.batch as { size: number } };
    },
  );
  const network = plan.allocate();
  const feeder = feedImages(network, declared, content(ROWS), {
    image: [C, H, W],
    mean: [0, 0],
    std: [1, 1],
    augmentation,
    seed: 3,
    ...options,
  });
  const { images, labels, batch } = declared;
  return {
    feeder,
    images: () =>
      Array.from({ length: batch.size }, (_, i) =>
        Array.from({ length: C }, (_, k) =>
          Array.from({ length: H }, (_, y) =>
            Array.from({ length: W }, (_, x) => images.value[((i * H + y) * W + x) * C + k] as number),
          ),
        ),
      ),
    labels: () => [...labels.value.subarray(0, batch.size)],
  };
}

const whole = (r: number, k: number): number[][] =>
  Array.from({ length: H }, (_, y) => Array.from({ length: W }, (_, x) => pixel(r, k, y * W + x)));
/** The window of the padded image that begins `down` and `right` of its own corner. */
const windowOf = (r: number, k: number, down: number, right: number): number[][] =>
  Array.from({ length: H }, (_, i) =>
    Array.from({ length: W }, (_, j) => {
      const [y, x] = [i + down, j + right];
      return y >= 0 && y < H && x >= 0 && x < W ? pixel(r, k, y * W + x) : 0;
    }),
  );
const mirrored = (rows: number[][]): number[][] => rows.map((row) => [...row].reverse());
const CROPPED: Augmentation = { padding: 2, randomCrop: true, horizontalFlip: true };

test('without augmentation a full batch has all images as they are, and needs no selection', () => {
  const { feeder, images, labels } = fed(ROWS);
  assert.equal(feeder.select, undefined);
  assert.deepEqual(labels(), [0, 1, 2, 0, 1]);
  images().forEach((channels, r) => {
    assert.deepEqual(channels, [whole(r, 0), whole(r, 1)]);
  });
});

test('pixels are normalised channel by channel, those outside the image too', () => {
  const normalized = fed(ROWS, CROPPED, { mean: [10, 20], std: [2, 5] });
  const plain = fed(ROWS, CROPPED);
  assert.deepEqual(
    normalized.images(),
    plain
      .images()
      .map(([a, b]) => [
        a?.map((row) => row.map((v) => (v - 10) / 2)),
        b?.map((row) => row.map((v) => (v - 20) / 5)),
      ]),
  );
});

test('an epoch has every image once, each a window of the padded image, half of them mirrored', () => {
  const { feeder, images, labels } = fed(2, CROPPED);
  const seen = new Set<string>();
  let flips = 0;
  let count = 0;
  for (let iteration = 0; iteration < 60; iteration++) {
    feeder.select?.(iteration);
    const batch = images();
    assert.equal(batch.length, iteration % 3 === 2 ? 1 : 2);
    batch.forEach((channels, i) => {
      const found = candidates().filter(({ view }) => JSON.stringify(view) === JSON.stringify(channels));
      assert.ok(found.length > 0, 'every image is a view of one of the data set');
      const rows = new Set(found.map(({ r }) => r));
      if (rows.size > 1) return;
      const [first] = found as [(typeof found)[number]];
      assert.equal(labels()[i], first.r % 3);
      count++;
      flips += +first.flipped;
      seen.add(`${first.down} ${first.right} ${first.flipped}`);
    });
  }
  // 5 x 5 windows, mirrored or not, of which 100 draws see most.
  assert.ok(seen.size > 35, `${seen.size} different views`);
  assert.ok(flips > count / 4 && flips < (3 * count) / 4, `${flips} of ${count} mirrored`);
});

const candidates = () =>
  Array.from({ length: ROWS }, (_, r) =>
    [-2, -1, 0, 1, 2].flatMap((down) =>
      [-2, -1, 0, 1, 2].flatMap((right) =>
        [false, true].map((flipped) => {
          const view = [0, 1].map((k) => windowOf(r, k, down, right));
          return { r, down, right, flipped, view: flipped ? view.map(mirrored) : view };
        }),
      ),
    ),
  ).flat();

test('what an iteration sees is a function of seed and iteration alone', () => {
  const straight = fed(2, CROPPED);
  const jumping = fed(2, CROPPED);
  const at = ({ feeder, images, labels }: Fed, iteration: number): unknown => {
    feeder.select?.(iteration);
    return [images(), labels()];
  };
  const inOrder = Array.from({ length: 9 }, (_, k) => at(straight, k));
  for (const k of [8, 2, 5, 0, 7]) assert.deepEqual(at(jumping, k), inOrder[k], `iteration ${k}`);
  const other = fed(2, CROPPED, { seed: 4 });
  assert.notDeepEqual(at(other, 0), inOrder[0]);
});

test('held-out images are not augmented, and the batch of the iteration is back after them', () => {
  const { feeder, images, labels } = fed(2, CROPPED);
  feeder.select?.(7);
  const before = [images(), labels()];
  const out = new Float64Array(2);
  feeder.evaluate?.(out);
  assert.deepEqual([images(), labels()], before);
  // The weights are zero: every class is as likely, and the first one is taken.
  assert.ok(Math.abs((out[0] as number) - Math.log(3)) < 1e-12);
  assert.equal(out[1], 2 / 5);
});

test('a view that neither crops nor mirrors is the image', () => {
  const still: Augmentation = { padding: 4, randomCrop: false, horizontalFlip: false };
  assert.deepEqual(fed(ROWS, still).images(), fed(ROWS).images());
});
