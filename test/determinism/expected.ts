/**
 * Bits that every machine gives: any processor, Node.js version, number of threads, transport or load.
 *
 * A test that finds other bits has found arithmetic that depends on one of these, which is an error, or a change
 * of the arithmetic itself. Such a change voids whatever digests clients have kept: it belongs into the changelog,
 * and only then the new constants belong here.
 */

/** The self-test over all kernels, see src/core/fingerprint.ts. */
export const FINGERPRINT = '89cd5fa9e97b1d30';

/** `summary.digest` of the run in digest.test.ts, by the dtype of its parameters. */
export const DIGEST = {
  float32: 'ed613f24ee6d28cf',
  float64: '250f88b2a1f8ce5d',
} as const;
