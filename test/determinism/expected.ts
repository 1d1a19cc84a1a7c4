/**
 * Bits that every machine gives: any processor, Node.js version, number of threads, transport or load.
 *
 * A test that finds other bits has found arithmetic that depends on one of these, which is an error, or a change
 * of the arithmetic itself. Such a change voids whatever digests clients have kept: it belongs into the changelog,
 * and only then the new constants belong here.
 */

/** The self-test over all kernels, see src/core/fingerprint.ts. */
export const FINGERPRINT = 'bae0135a6cbc3329';

/** `summary.digest` of the run in digest.test.ts, by the dtype of its parameters. */
export const DIGEST = {
  float32: 'ed613f24ee6d28cf',
  float64: '250f88b2a1f8ce5d',
} as const;

/** The bytes of parameters and states in states.test.ts after each of its steps: SHA-256, shortened. */
export const STATES: Readonly<Record<string, string>> = {
  'optimizer sgd': '59a606a3d46e1b55',
  'optimizer adam': '4f6037c7e83a62b9',
  'optimizer momentumClip': 'b78c89adf0e70e2d',
  'optimizer mixedClip': 'a21d7decdfc30779',
  'optimizer normalizedSgd': 'caf1ad6425362ba2',
  'optimizer adaptiveStep': '59b767a76563c810',
  'optimizer polyak': 'ebcc07aa6ada7487',
  'optimizer adamW': '8973ad5fc3669564',
  'optimizer nAdam': 'c69b1574c3242c23',
  'optimizer rAdam': 'd8fd864369d42898',
  'optimizer adamax': '5f6bb8b67f480142',
  'optimizer rmsprop': '09ea911a3b3c733e',
  'optimizer adagrad': 'f40011283b0f0d03',
  'optimizer adadelta': 'e1a1269336d4f19f',
  'optimizer adafactor': '43c94a0e47577cdd',
  'optimizer asgd': 'fdf980bf7130dc75',
  'optimizer rprop': '4d277941d39d5a8c',
  'optimizer lion': '5320ae8719d5df9c',
  'optimizer adan': 'd6ce1298336ff269',
  'optimizer lars': '698611b2d9d5b9b1',
  'optimizer lamb': 'e25e0b8855b04212',
  'optimizer adaBelief': 'e0df439c8dde5cac',
  'optimizer ftrl': 'd7d1c8d8ceba32d4',
  'optimizer yogi': '59ad1773e890e5d1',
  'optimizer fromage': 'd0ade6ae3de3c61c',
  'optimizer novograd': 'e9fa83ffc117990c',
  'optimizer sm3': '84eab0d79def2656',
  'optimizer signSgd': '954316b76da803a6',
  'optimizer signum': 'aff0dd74a0bb23e8',
  'optimizer optimisticAdam': 'f3cae61a4a22b11e',
  'optimizer optimisticGradientDescent': '1405ce8d4839c696',
  'optimizer ademamix': '1986be87aa1afcca',
  'optimizer simplifiedAdemamix': '4ed4fd2dff842fc4',
  'optimizer adopt': '5791bfa2125bdca5',
  'optimizer madgrad': '0ef6bd29941a0db1',
  'optimizer prodigy': '0ae8824e6136cddc',
  'optimizer dAdaptAdamW': 'd3728c2930a40299',
  'optimizer dog': 'f1e7efc6ae37e9aa',
  'optimizer dowg': '88df62352c164830',
  'optimizer muon': '37b59dada388ca89',
  'optimizer scheduleFreeSgd': 'c0c3171e68756896',
  'optimizer scheduleFreeAdamW': '94ee2ba63c951c4a',
  'optimizer acprop': '1a936215b19fa87f',
  'optimizer noisySgd': '017f91627f260f4f',
  'schedule reduceOnPlateau': '4773c96bc78f2bed',
  'rule percentile': '5edaf013482b4f87',
  'rule zScore': '4767fb3ceb124ef2',
  'rule quantile': '101bb48032e562f5',
  'rule spike': 'b39c6ed93b6c7e63',
  'rule adaGc': '3fd448499dc327b2',
};

/** The runs in language-model.test.ts. */
export const LANGUAGE_MODEL = {
  clipped: 'ddb647af055bfe56',
  unclipped: 'f10b349d9f1ada30',
} as const;
