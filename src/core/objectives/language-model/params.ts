import { z } from 'zod';
import { initialization } from '../../network/initialization.js';
import { real } from '../../schema.js';
import { tokenKinds } from '../../text/tokens.js';
import { MAX_VOCABULARY } from '../../text/vocabulary.js';
import { data } from './data.js';

const units = z.int().min(1).max(65536);

export const params = z
  .strictObject({
    data,
    tokens: z
      .enum(tokenKinds)
      .default('characters')
      .describe('code points, or words and single other marks, of a text'),
    vocabularySize: z
      .int()
      .min(2)
      .max(MAX_VOCABULARY)
      .optional()
      .describe(
        'keeps the most frequent tokens of the training part, one number for all others included; 10000 for words, no limit for characters when absent',
      ),
    cell: z.enum(['lstm', 'gru', 'tanh', 'relu']).default('lstm'),
    embeddingSize: units.default(64),
    hiddenSize: units.default(128),
    layers: z.int().min(1).max(16).default(1),
    tied: z
      .boolean()
      .default(false)
      .describe('the embedding is also the matrix of the output; embeddingSize must be hiddenSize'),
    batchSize: units
      .optional()
      .describe('streams that are read side by side; 32, or the columns of data.tokens, when absent'),
    sequenceLength: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe('steps of a window, over which gradients flow; 64, or all of data.tokens, when absent'),
    hiddenState: z
      .enum(['carried', 'reset'])
      .default('carried')
      .describe('a window begins with the last state of the one before, or with zero'),
    validationFraction: real({ min: 0, max: 0.9 })
      .optional()
      .describe('share of a text, its end, that is held out; 0.1 when absent'),
    initialization: initialization.default('xavier').describe('of all matrices; biases start at 0'),
    dtype: z.enum(['float64', 'float32']).default('float32'),
  })
  .check(({ value, issues }) => {
    if (!value.tied || value.embeddingSize === value.hiddenSize) return;
    issues.push({
      code: 'custom',
      message: `needs embeddingSize = hiddenSize, got ${value.embeddingSize} and ${value.hiddenSize}`,
      input: value.tied,
      path: ['tied'],
    });
  });
export type Params = z.output<typeof params>;
