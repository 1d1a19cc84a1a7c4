import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyMnist } from '../../scripts/mnist.js';

/** A data directory with MNIST in it, as `npm run data:mnist` makes one. */
export function mnistDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gradclip-mnist-'));
  copyMnist(path);
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
