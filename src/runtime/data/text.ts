import { isUtf8 } from 'node:buffer';
import { DatasetError, type TextInfo } from '../../core/datasets.js';
import { type DataFile, openContents } from './data-file.js';
import { digestOf, type TextDataset } from './dataset.js';

/** The thread that meets a text first decodes it, counts it and makes tokens of it. */
const MAX_TEXT = 64 * 2 ** 20;

/** A UTF-8 file as one string. A byte order mark is not part of it. */
export function readText(file: DataFile): string {
  const { label, bytes } = file;
  if (bytes > MAX_TEXT)
    throw new DatasetError(`${label}: has ${bytes} bytes; a text may have at most ${MAX_TEXT}`);
  const whole = openContents(file).whole();
  if (!isUtf8(whole))
    throw new DatasetError(`${label}: is not UTF-8: byte ${firstMistake(whole)} begins no character`);
  const text = new TextDecoder('utf-8').decode(whole);
  if (text === '') throw new DatasetError(`${label}: is empty`);
  return text;
}

/** Where the first sequence of bytes begins that is no character. */
function firstMistake(bytes: Uint8Array): number {
  // Whole characters up to `good`; a prefix that cuts one short is made whole by at most three more bytes.
  const isGood = (end: number): boolean =>
    [0, 1, 2, 3].some((back) => back <= end && isUtf8(bytes.subarray(0, end - back)));
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isGood(middle)) good = middle;
    else bad = middle;
  }
  while (!isUtf8(bytes.subarray(0, good))) good--;
  return good;
}

/** All that the catalog says of a text; reads it, but keeps nothing. */
export function describeText(name: string, file: DataFile, version: string): TextInfo {
  const text = readText(file);
  return {
    name,
    kind: 'text',
    characters: codePoints(text),
    bytes: 2 * text.length,
    digest: digestOf({ kind: 'single', single: file, version }),
  };
}

export const loadText = (info: TextInfo, file: DataFile): TextDataset => ({ info, text: readText(file) });

function codePoints(text: string): number {
  let pairs = 0;
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) pairs++;
  return text.length - pairs;
}
