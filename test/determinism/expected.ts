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
  float32: '9a0c94df26ad293e',
  float64: '250f88b2a1f8ce5d',
} as const;

/** The runs in language-model.test.ts. */
export const LANGUAGE_MODEL = {
  clipped: 'ddb647af055bfe56',
  unclipped: 'f10b349d9f1ada30',
} as const;
