import { createHeap } from '../core/kernels/heap.js';
import type { Vector } from '../core/kernels/vector.js';

const K_MIN = -324;
const K_MAX = 292;

/** floor(10^-k / 2^r) + 1 with its 126 bits, as two words of 63, for k = K_MIN ... K_MAX: the table g of Schubfach. */
function powersOfTen(): bigint[] {
  const words: bigint[] = [];
  for (let k = K_MIN; k <= K_MAX; k++) {
    const power = 10n ** BigInt(Math.abs(k));
    const bits = power.toString(2).length;
    let g = k > 0 ? (1n << BigInt(126 + bits)) / power : power << 126n;
    g >>= BigInt(g.toString(2).length - 126);
    words.push((g + 1n) >> 63n, (g + 1n) & ((1n << 63n) - 1n));
  }
  return words;
}

/** Numbers that the kernel writes at once; the most bytes that one of them takes with its comma, and of its scratch. */
const COUNT = 1024;
const MOST_BYTES = 26;
const SCRATCH = 104;

const words = powersOfTen();
const heap = createHeap(8 * (words.length + COUNT) + MOST_BYTES * COUNT + SCRATCH);
const powers = heap.f64(words.length);
new BigUint64Array(powers.buffer, powers.byteOffset).set(words);
const numbers = heap.f64(COUNT);
const bytes = Buffer.from(numbers.buffer, numbers.byteOffset + numbers.byteLength);
const { numberTexts } = heap.functions;

/**
 * The JSON of an array of doubles: the shortest decimals that read back the same, as JSON.stringify writes them, in a
 * third of its time; with -0, and NaN and the infinities as the strings of ProtoJSON.
 */
export function numbersText(x: Vector): string {
  let text = '[';
  for (let from = 0; from < x.length; from += COUNT) {
    const part = x.length > COUNT ? x.subarray(from, from + COUNT) : x;
    numbers.set(part);
    const end = numberTexts(bytes.byteOffset, numbers.byteOffset, part.length, powers.byteOffset);
    text += (from > 0 ? ',' : '') + bytes.toString('latin1', 0, end - bytes.byteOffset);
  }
  return `${text}]`;
}
