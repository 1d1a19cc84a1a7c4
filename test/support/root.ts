import { fileURLToPath } from 'node:url';

/** A path in the repository, seen from dist/test/support. */
export const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));
