import { z } from 'zod';
import { DatasetError, type Datasets, type TextContent } from '../../datasets.js';
import { invalidField } from '../../failure.js';
import { oneOf } from '../../plugin.js';
import { numbersOf, type Tensor, tensor } from '../../tensor.js';
import { type Encoded, type EncodingOptions, encode, MAX_VOCABULARY } from '../../text/vocabulary.js';
import { datasetName, namedDataset } from '../named-dataset.js';
import { dataFailure } from '../regression/data.js';
import type { Params } from './params.js';
import { type Streams, streamsOfColumns, streamsOfText } from './streams.js';

export const KIND = 'languageModel';
const fieldFailure = (field: string, message: string) => invalidField(`objective.${KIND}.${field}`, message);

const numbered = z.strictObject({
  ids: tensor.describe('(T + 1) x B integers in [0, vocabularySize): B streams, one a column'),
  vocabularySize: z.int().min(2).max(MAX_VOCABULARY),
});

export const data = oneOf('source', {
  text: z.string(),
  dataset: z.strictObject({ name: datasetName }),
  tokens: numbered,
});

/** Streams to learn from and to judge by, and how many steps of them make a window. */
export interface Source {
  readonly vocabularySize: number;
  /** Steps and streams of a window. */
  readonly steps: number;
  readonly rows: number;
  readonly training: Streams;
  readonly heldOut: Streams | null;
  /** Memory that the tokens take. */
  readonly bytes: number;
}

export function openSource(params: Params, datasets: Datasets): Source {
  const { data } = params;
  if ('tokens' in data) return openColumns(params, data['tokens'] as z.output<typeof numbered>);
  const options: EncodingOptions = {
    tokens: params.tokens,
    vocabularySize: params.vocabularySize ?? (params.tokens === 'words' ? WORDS : null),
    validationFraction: params.validationFraction ?? HELD_OUT,
  };
  if ('text' in data) {
    const text = data['text'] as string;
    // Half a surrogate pair is no character, and no other encoding could say it.
    if (/[\ud800-\udfff]/u.test(text)) throw fieldFailure('data.text', 'has half a surrogate pair');
    return openText(params, encode(text, options));
  }
  const { name } = data['dataset'] as { name: string };
  if (namedDataset(KIND, name, datasets).kind !== 'text')
    throw dataFailure(KIND, `data set "${name}" is a table of numbers, not a text (${name}.txt)`);
  try {
    return openText(params, encodeOnce(datasets.text(name), options));
  } catch (error) {
    throw error instanceof DatasetError ? dataFailure(KIND, error.message) : error;
  }
}

/** Defaults that depend on the source. */
export const WORDS = 10_000;
export const HELD_OUT = 0.1;
export const ROWS = 32;
export const STEPS = 64;

/** Where a request is accepted and where it executes the same text is encoded, and mostly for many requests in a row. */
const kept = new WeakMap<TextContent, { readonly key: string; readonly encoded: Encoded }>();

function encodeOnce(content: TextContent, options: EncodingOptions): Encoded {
  const key = JSON.stringify(options);
  const found = kept.get(content);
  if (found?.key === key) return found.encoded;
  const encoded = encode(content.text, options);
  kept.set(content, { key, encoded });
  return encoded;
}

function openText(params: Params, { training, heldOut, size, distinct }: Encoded): Source {
  const { tokens, batchSize: rows = ROWS, sequenceLength: steps = STEPS } = params;
  const has = (count: number): string => `has ${count} ${count === 1 ? tokens.slice(0, -1) : tokens}`;
  if (size > MAX_VOCABULARY)
    throw fieldFailure(
      'vocabularySize',
      `the text has ${size} different ${tokens}; at most ${MAX_VOCABULARY} can be told apart, so give a limit`,
    );
  if (training.length + heldOut.length === 0) throw dataFailure(KIND, `is empty: it has no ${tokens}`);
  const needed = rows * steps + 1;
  if (training.length < needed)
    throw dataFailure(
      KIND,
      `its training part ${has(training.length)}; ${rows} streams (batchSize) with windows of ${steps} ` +
        `(sequenceLength) need at least ${needed}`,
    );
  if (distinct < 2)
    throw dataFailure(KIND, `its training part has nothing to tell apart: one and the same of all ${tokens}`);
  if (params.validationFraction !== 0 && heldOut.length < rows + 1)
    throw fieldFailure(
      'validationFraction',
      `the held-out part ${has(heldOut.length)}; ${rows} streams (batchSize) need at least ${rows + 1}, or 0 to hold out nothing`,
    );
  return {
    vocabularySize: size,
    steps,
    rows,
    training: streamsOfText(training, rows),
    heldOut: params.validationFraction === 0 ? null : streamsOfText(heldOut, rows),
    bytes: 2 * (training.length + heldOut.length),
  };
}

function openColumns(params: Params, { ids, vocabularySize }: z.output<typeof numbered>): Source {
  const path = 'data.tokens.ids';
  const [long = 0, rows = 0] = ids.shape;
  if (ids.shape.length !== 2 || long < 2 || rows < 1)
    throw fieldFailure(
      path,
      `must be (steps + 1) x streams with at least 2 x 1 tokens, got ${shapeText(ids)}`,
    );
  if (params.validationFraction !== undefined && params.validationFraction !== 0)
    throw fieldFailure('validationFraction', `holds out a part of a text; with data.tokens it must be 0`);
  if (params.batchSize !== undefined && params.batchSize !== rows)
    throw fieldFailure('batchSize', `must be the ${rows} columns of ${path}, got ${params.batchSize}`);
  if (params.vocabularySize !== undefined)
    throw fieldFailure('vocabularySize', 'is for texts; data.tokens has its own');
  const steps = params.sequenceLength ?? long - 1;
  if (steps > long - 1)
    throw fieldFailure('sequenceLength', `must be <= ${long - 1}, the steps of ${path}, got ${steps}`);
  const numbers = numbersOf(ids);
  const tokens = new Uint16Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const token = numbers[i] as number;
    if (!Number.isInteger(token) || token < 0 || token >= vocabularySize)
      throw fieldFailure(
        path,
        `must be integers in [0, ${vocabularySize}); row ${Math.floor(i / rows)}, column ${i % rows} is ${token}`,
      );
    tokens[i] = token;
  }
  return {
    vocabularySize,
    steps,
    rows,
    training: streamsOfColumns(tokens, long - 1, rows),
    heldOut: null,
    bytes: 2 * tokens.length,
  };
}

const shapeText = ({ shape }: Tensor): string => `shape [${shape.join(', ')}]`;
