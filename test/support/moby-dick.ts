import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyMobyDick } from '../../scripts/moby-dick.js';

/** A data directory with the novel in it, as `npm run data:moby-dick` makes one. */
export function mobyDickDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'gradclip-moby-dick-'));
  copyMobyDick(path);
  return { path, remove: () => rmSync(path, { recursive: true }) };
}
