import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { cifarRecords } from '../support/cifar.js';
import { type Row, refusals } from '../support/refusals.js';

const scratch = mkdtempSync(join(tmpdir(), 'bad-images-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
const put = (path: string, content: string | Uint8Array): void => {
  mkdirSync(join(scratch, path, '..'), { recursive: true });
  writeFileSync(join(scratch, path), content);
};
put('flat.csv', 'a,b,c,target\n1,2,3,0\n4,5,6,1\n');
put('half.csv', 'a,b,target\n1,2,0.5\n');
put('cut/data_batch_1.bin', cifarRecords([[1]]).subarray(0, 1000));
put('cifar/data_batch_1.bin', cifarRecords([[1], [9]]));

const tensor = (...shape: number[]) => ({
  shape,
  values: new Array<number>(shape.reduce((product, extent) => product * extent, 1)).fill(0.5),
});
const labels = (...values: number[]) => ({ shape: [values.length], values });
const images = tensor(2, 1, 4, 4);
const two = { images, labels: labels(0, 1) };
const objective = (data: object, rest: object = {}): { objective: object } => ({
  objective: { residualNetwork: { data, ...rest } },
});
const inline = (given: object, rest: object = {}): object =>
  objective({ inline: { ...two, ...given } }, rest);
const named = (name: string, rest: object = {}): object => objective({ dataset: { name, ...rest } });
const at = (field: string): string => `objective.residualNetwork.${field}`;

const rows: Row[] = [
  {
    title: 'images without rows and columns',
    request: inline({ images: tensor(2, 16) }),
    path: at('data.inline.images'),
    says: ['images x channels x height x width', '[2, 16]'],
  },
  {
    title: 'no images',
    request: inline({ images: { shape: [0, 1, 4, 4], values: [] }, labels: { shape: [0], values: [] } }),
    path: at('data.inline.images'),
    says: ['has no numbers'],
  },
  {
    title: 'fewer labels than images',
    request: inline({ labels: labels(1) }),
    path: at('data.inline.labels'),
    says: ['needs shape [2]', 'got shape [1]'],
  },
  {
    title: 'a label that is no integer',
    request: inline({ labels: labels(0, 0.5) }),
    path: at('data'),
    says: ['one label per image', 'between 0 and 65535'],
  },
  {
    title: 'a label above the number of classes',
    request: inline({ labels: labels(0, 5) }, { classes: 3 }),
    path: at('data'),
    says: ['below 3 classes', 'got 5'],
  },
  {
    title: 'a held-out label that no training image has, above the classes',
    request: inline({ validationImages: tensor(1, 1, 4, 4), validationLabels: labels(7) }, { classes: 2 }),
    path: at('data'),
    says: ['below 2 classes', 'got 7'],
  },
  {
    title: 'held-out images of another size',
    request: inline({ validationImages: tensor(1, 1, 4, 5), validationLabels: labels(1) }),
    path: at('data.inline.validationImages'),
    says: ['[1, 4, 4]', '[1, 1, 4, 5]'],
  },
  {
    title: 'held-out images without labels',
    request: inline({ validationImages: tensor(1, 1, 4, 4) }),
    path: at('data.inline.validationImages'),
    says: ['go together'],
  },
  {
    title: 'images too small to be halved twice',
    request: inline({ images: tensor(2, 1, 3, 8) }),
    path: at('data'),
    says: ['3 x 8', '4 x 4'],
  },
  {
    title: 'a mini-batch with one value per channel to normalise',
    request: inline({}, { batchSize: 1 }),
    path: at('batchSize'),
    says: ['1 of 2 images', 'needs 2 values per channel'],
  },
  {
    title: 'an epoch whose last mini-batch has one',
    request: inline({ images: tensor(3, 1, 4, 4), labels: labels(0, 1, 0) }, { batchSize: 2 }),
    path: at('batchSize'),
    says: ['2 of 3 images', 'needs 2 values per channel'],
  },
  {
    title: 'a depth that no residual network has',
    request: inline({}, { depth: 18 }),
    path: at('depth'),
    says: ['6 n + 2', 'got 18'],
  },
  {
    title: 'blocks that do not make the depth',
    request: inline({}, { depth: 20, blocksPerStage: 2 }),
    path: at('blocksPerStage'),
    says: ['a depth of 14', 'not 20'],
  },
  { title: 'no channels', request: inline({}, { width: 0 }), path: at('width'), says: ['>= 1', 'got 0'] },
  {
    title: 'no images in a mini-batch',
    request: inline({}, { batchSize: 0 }),
    path: at('batchSize'),
    says: ['>= 1', 'got 0'],
  },
  {
    title: 'two means for one channel',
    request: inline({}, { normalization: { mean: [0, 1], std: [1] } }),
    path: at('normalization.mean'),
    says: ['1 or 1 numbers', 'got 2'],
  },
  {
    title: 'a division by zero',
    request: inline({}, { normalization: { mean: [0], std: [0] } }),
    path: at('normalization.std[0]'),
    says: ['> 0', 'got 0'],
  },
  {
    title: 'a padding of a fraction of a pixel',
    request: inline({}, { augmentation: { padding: 5000 } }),
    path: at('augmentation.padding'),
    says: ['<= 4096', 'got 5000'],
  },
  {
    title: 'a data set that is not there',
    request: named('mnist'),
    path: at('data.dataset.name'),
    says: ['no data set "mnist"'],
  },
  {
    title: 'a data set that is cut short',
    request: named('cut'),
    path: at('data.dataset.name'),
    says: ['no data set "cut"'],
  },
  {
    title: 'a data set of flat rows',
    request: named('flat'),
    path: at('data'),
    says: ['rows of 3 numbers', 'imageShape'],
  },
  {
    title: 'a shape that is not that of its rows',
    request: named('flat', { imageShape: [1, 2, 2] }),
    path: at('data'),
    says: ['1 x 2 x 2 is 4 numbers', 'has 3'],
  },
  {
    title: 'a data set whose targets are no labels',
    request: named('half', { imageShape: [1, 1, 2] }),
    path: at('data'),
    says: ['one label per image'],
  },
];
refusals('Evaluate refuses images:', 'Evaluate', rows, { DATA_DIR: scratch });

refusals(
  'Evaluate refuses a network that does not fit the memory:',
  'Evaluate',
  [
    {
      title: 'with the number of bytes',
      request: objective({ dataset: { name: 'cifar' } }, { width: 512 }),
      reason: 'COST_LIMIT',
      says: ['bytes', 'the limit is 1073741824'],
    },
  ],
  { DATA_DIR: scratch },
);
