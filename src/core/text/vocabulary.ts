import { split, type TokenKind } from './tokens.js';

/** Token numbers below it fit into the 16 bits in which a text is kept. */
export const MAX_VOCABULARY = 65536;

export interface EncodingOptions {
  readonly tokens: TokenKind;
  /** Greatest number of tokens to tell apart, the unknown one included; null for no limit. */
  readonly vocabularySize: number | null;
  /** Share of the text, its end, that is held out. */
  readonly validationFraction: number;
}

/** A text as numbers in [0, size). */
export interface Encoded {
  readonly training: Uint16Array;
  readonly heldOut: Uint16Array;
  readonly size: number;
  /** Tokens that the training part really has. */
  readonly distinct: number;
}

/**
 * The vocabulary is that of the training part, the most frequent token first, those of one frequency by code points. The last
 * number stands for all others, if there are any: beyond `vocabularySize`, or in the held-out part alone.
 */
export function encode(text: string, options: EncodingOptions): Encoded {
  const { ids, tokens } = split(text, options.tokens);
  const first = ids.length - Math.floor(options.validationFraction * ids.length);
  const counts = new Int32Array(tokens.length);
  for (let i = 0; i < first; i++) counts[ids[i] as number] = (counts[ids[i] as number] as number) + 1;
  const known = Array.from(counts.keys())
    .filter((id) => counts[id] !== 0)
    .sort(
      (a, b) => (counts[b] as number) - (counts[a] as number) || byCodePoints(tokens[a] ?? 0, tokens[b] ?? 0),
    );
  const limit = options.vocabularySize ?? known.length + 1;
  const needsUnknown = known.length < tokens.length || known.length > limit;
  const named = Math.min(known.length, needsUnknown ? limit - 1 : limit);
  const numbers = new Int32Array(tokens.length).fill(named);
  for (let number = 0; number < named; number++) numbers[known[number] as number] = number;
  const size = named + +needsUnknown;
  const numbered = new Uint16Array(size > MAX_VOCABULARY ? 0 : ids.length);
  for (let i = 0; i < numbered.length; i++) numbered[i] = numbers[ids[i] as number] as number;
  return {
    training: numbered.subarray(0, first),
    heldOut: numbered.subarray(first),
    size,
    distinct: Math.min(known.length, named + 1),
  };
}

type Token = number | string;

/** UTF-16 orders surrogates before U+E000 ... U+FFFF; code points come after. */
function byCodePoints(a: Token, b: Token): number {
  if (typeof a === 'number' || typeof b === 'number') return (a as number) - (b as number);
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const rank = (unit: number): number =>
  unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
