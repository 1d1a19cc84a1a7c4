import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { type Row, refusals } from '../support/refusals.js';

const directory = mkdtempSync(join(tmpdir(), 'bad-texts-'));
after(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(join(directory, 'novel.txt'), 'Call me Ishmael. '.repeat(100));
writeFileSync(join(directory, 'table.csv'), '1,2\n3,4\n');
writeFileSync(join(directory, 'latin.txt'), Buffer.from('caf\xe9', 'latin1'));
writeFileSync(join(directory, 'empty.txt'), '');

const KIND = 'objective.languageModel';
const model = (data: object, rest: object = {}) => ({
  objective: { languageModel: { data, batchSize: 2, sequenceLength: 4, ...rest } },
});
const text = (content: string, rest: object = {}) => model({ text: content }, rest);
const named = (name: string) => model({ dataset: { name } });
const tokens = (
  shape: readonly number[],
  values: readonly number[],
  vocabularySize = 5,
  rest: object = {},
) => ({
  objective: { languageModel: { data: { tokens: { ids: { shape, values }, vocabularySize } }, ...rest } },
});
const LINE = 'the more you clip the less you slip';

const rows: Row[] = [
  {
    title: 'no text',
    request: { objective: { languageModel: {} } },
    path: `${KIND}.data`,
    says: [],
  },
  {
    title: 'an empty text',
    request: text(''),
    path: `${KIND}.data`,
    says: ['is empty: it has no characters'],
  },
  {
    title: 'a text of spaces as words',
    request: text('  \n ', { tokens: 'words' }),
    path: `${KIND}.data`,
    says: ['is empty: it has no words'],
  },
  {
    title: 'a text of one character',
    request: text('a'),
    path: `${KIND}.data`,
    says: ['its training part has 1 character', '2 streams (batchSize)', 'windows of 4', 'need at least 9'],
  },
  {
    title: 'a text one token too short',
    request: text('abcdefgh', { validationFraction: 0 }),
    path: `${KIND}.data`,
    says: ['its training part has 8 characters', 'need at least 9'],
  },
  {
    title: 'a text that is one and the same character',
    request: text('a'.repeat(100)),
    path: `${KIND}.data`,
    says: ['nothing to tell apart: one and the same of all characters'],
  },
  {
    title: 'a text whose training part is one and the same word',
    request: text(`${'a '.repeat(30)}b c d`, { tokens: 'words' }),
    path: `${KIND}.data`,
    says: ['one and the same of all words'],
  },
  {
    title: 'a held-out part that is shorter than its streams',
    request: text('ab'.repeat(10)),
    path: `${KIND}.validationFraction`,
    says: ['the held-out part has 2 characters', 'need at least 3', 'or 0 to hold out nothing'],
  },
  {
    title: 'nothing but a held-out part',
    request: text(LINE, { validationFraction: 1 }),
    path: `${KIND}.validationFraction`,
    says: ['must be <= 0.9'],
  },
  {
    title: 'a hidden size of 0',
    request: text(LINE, { hiddenSize: 0 }),
    path: `${KIND}.hiddenSize`,
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'windows of no steps',
    request: text(LINE, { sequenceLength: 0 }),
    path: `${KIND}.sequenceLength`,
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'no layer',
    request: text(LINE, { layers: 0 }),
    path: `${KIND}.layers`,
    says: ['must be >= 1', 'got 0'],
  },
  {
    title: 'a cell that there is not',
    request: text(LINE, { cell: 'transformer' }),
    path: `${KIND}.cell`,
    says: ['lstm', 'gru', 'tanh', 'relu'],
  },
  {
    title: 'a vocabulary of one',
    request: text(LINE, { vocabularySize: 1 }),
    path: `${KIND}.vocabularySize`,
    says: ['must be >= 2', 'got 1'],
  },
  {
    title: 'more tokens than numbers for them',
    request: text(Array.from({ length: 80_000 }, (_, i) => String.fromCodePoint(0x10000 + i)).join('')),
    path: `${KIND}.vocabularySize`,
    says: ['different characters; at most 65536 can be told apart, so give a limit'],
  },
  {
    title: 'tied weights that do not fit',
    request: text(LINE, { tied: true, embeddingSize: 8, hiddenSize: 16 }),
    path: `${KIND}.tied`,
    says: ['needs embeddingSize = hiddenSize, got 8 and 16'],
  },
  {
    title: 'half a surrogate pair',
    request: text(`${LINE}\ud83d`),
    path: `${KIND}.data.text`,
    says: ['has half a surrogate pair'],
    only: 'REST',
  },
  {
    title: 'two sources',
    request: model({ text: LINE, dataset: { name: 'novel' } }),
    path: `${KIND}.data`,
    says: ['needs exactly one source of text, dataset, tokens', 'got 2'],
    only: 'REST',
  },
  {
    title: 'a text that is not there',
    request: named('sequel'),
    path: `${KIND}.data.dataset.name`,
    says: ['no data set "sequel"'],
  },
  {
    title: 'a table in place of a text',
    request: named('table'),
    path: `${KIND}.data`,
    says: ['data set "table" is a table of numbers, not a text (table.txt)'],
  },
  {
    title: 'a text in place of a table',
    request: { objective: { linearRegression: { data: { dataset: { name: 'novel' } } } } },
    path: 'objective.linearRegression.data',
    says: ['data set "novel" is a text, not a table of numbers'],
  },
  {
    title: 'a text that is not UTF-8 and therefore not listed',
    request: named('latin'),
    path: `${KIND}.data.dataset.name`,
    says: ['no data set "latin"'],
  },
  {
    title: 'a text without a byte, likewise',
    request: named('empty'),
    path: `${KIND}.data.dataset.name`,
    says: ['no data set "empty"'],
  },
  {
    title: 'a token outside the vocabulary',
    request: tokens([3, 2], [0, 1, 2, 5, 4, 3]),
    path: `${KIND}.data.tokens.ids`,
    says: ['must be integers in [0, 5)', 'row 1, column 1 is 5'],
  },
  {
    title: 'a token that is no integer',
    request: tokens([2, 1], [0.5, 1]),
    path: `${KIND}.data.tokens.ids`,
    says: ['must be integers in [0, 5)', 'row 0, column 0 is 0.5'],
  },
  {
    title: 'tokens in a list',
    request: tokens([4], [0, 1, 2, 3]),
    path: `${KIND}.data.tokens.ids`,
    says: ['must be (steps + 1) x streams', 'got shape [4]'],
  },
  {
    title: 'tokens of which none has a next one',
    request: tokens([1, 4], [0, 1, 2, 3]),
    path: `${KIND}.data.tokens.ids`,
    says: ['must be (steps + 1) x streams with at least 2 x 1 tokens', 'got shape [1, 4]'],
  },
  {
    title: 'windows that are longer than their tokens',
    request: tokens([3, 1], [0, 1, 2], 5, { sequenceLength: 3 }),
    path: `${KIND}.sequenceLength`,
    says: ['must be <= 2', 'got 3'],
  },
  {
    title: 'another number of streams than the tokens have',
    request: tokens([2, 2], [0, 1, 2, 3], 5, { batchSize: 3 }),
    path: `${KIND}.batchSize`,
    says: ['must be the 2 columns', 'got 3'],
  },
  {
    title: 'a held-out part of tokens',
    request: tokens([2, 2], [0, 1, 2, 3], 5, { validationFraction: 0.5 }),
    path: `${KIND}.validationFraction`,
    says: ['with data.tokens it must be 0'],
  },
  {
    title: 'a network beyond the memory limit',
    request: text(LINE, { hiddenSize: 16384, layers: 2 }),
    reason: 'COST_LIMIT',
    says: ['bytes'],
  },
];
refusals('a language model is refused', 'Evaluate', rows, { DATA_DIR: directory });
refusals(
  'a run of a language model is refused',
  'FullRun',
  [rows[3], rows[19], rows.at(-1)].map((row) => {
    const { request, ...rest } = row as Row;
    return { ...rest, request: { ...request, optimizer: { sgd: {} } } };
  }),
  { DATA_DIR: directory },
);
