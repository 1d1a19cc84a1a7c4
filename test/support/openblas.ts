import { existsSync } from 'node:fs';

const USUAL = [
  '/usr/lib/x86_64-linux-gnu/libopenblas.so.0',
  '/usr/lib/aarch64-linux-gnu/libopenblas.so.0',
  '/usr/lib64/libopenblas.so.0',
  '/opt/homebrew/opt/openblas/lib/libopenblas.dylib',
];

/** An OpenBLAS: the one that the environment names, or that of the machine. */
const found = process.env['TEST_BLAS_LIBRARY'] ?? USUAL.find((path) => existsSync(path));

export const blasLibrary = found ?? '';

/** Why tests that need it are skipped. */
export const withoutBlas = found === undefined && 'no OpenBLAS found: TEST_BLAS_LIBRARY can name one';
