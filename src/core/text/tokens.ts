export const tokenKinds = ['characters', 'words'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** A text as numbers: token i is `tokens[ids[i]]`. Tokens are numbered as they first appear. */
export interface Split {
  readonly ids: Int32Array;
  /** Code points of characters, spellings of words. */
  readonly tokens: readonly (number | string)[];
}

/** Numbers each distinct token. */
function numbering<T>(): { readonly tokens: T[]; idOf(token: T): number } {
  const tokens: T[] = [];
  const known = new Map<T, number>();
  return {
    tokens,
    idOf(token) {
      let id = known.get(token);
      if (id === undefined) {
        id = tokens.length;
        known.set(token, id);
        tokens.push(token);
      }
      return id;
    },
  };
}

function splitCharacters(text: string): Split {
  const { tokens, idOf } = numbering<number>();
  const ids = new Int32Array(text.length);
  /** Numbers + 1 of the first 65536 code points: four times as fast as a map. */
  const known = new Int32Array(65536);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let id = (known[unit] as number) - 1;
    if (id < 0) {
      const point = text.codePointAt(i) as number;
      id = idOf(point);
      if (point > 0xffff) i++;
      else known[unit] = id + 1;
    }
    ids[count++] = id;
  }
  return { ids: ids.subarray(0, count), tokens };
}

/** What separates: ASCII controls and spaces, and the spaces of Unicode 15 (White_Space), written out here once for all engines. */
const isSpace = (c: number): boolean =>
  c <= 32 ||
  (c >= 0x7f && c <= 0xa0) ||
  (c >= 0x2000 && c <= 0x200a) ||
  c === 0x1680 ||
  c === 0x2028 ||
  c === 0x2029 ||
  c === 0x202f ||
  c === 0x205f ||
  c === 0x3000;

/** Letters and digits of ASCII, and all beyond it but the punctuation of Latin-1, U+2010 ... U+206F and U+3001 ... U+303F. */
const isOfWord = (c: number): boolean =>
  (c >= 97 && c <= 122) ||
  (c >= 65 && c <= 90) ||
  (c >= 48 && c <= 57) ||
  (c > 0xbf && c !== 0xd7 && c !== 0xf7 && !(c >= 0x2010 && c <= 0x206f) && !(c >= 0x3001 && c <= 0x303f));

/** ' and ’ between two parts of a word belong to it. */
const isApostrophe = (c: number): boolean => c === 39 || c === 0x2019;

/**
 * Words and, one by one, all other marks that are no spaces. No table of an engine decides, so that every version of
 * Node.js finds the same ones.
 */
function splitWords(text: string): Split {
  const { tokens, idOf } = numbering<string>();
  const ids = new Int32Array(text.length);
  const n = text.length;
  let count = 0;
  for (let i = 0; i < n; ) {
    const first = text.charCodeAt(i);
    if (isSpace(first)) {
      i++;
      continue;
    }
    const from = i++;
    if (isOfWord(first))
      while (i < n) {
        const c = text.charCodeAt(i);
        if (isSpace(c)) break;
        if (isOfWord(c)) i++;
        else if (isApostrophe(c) && i + 1 < n && isOfWord(text.charCodeAt(i + 1))) i += 2;
        else break;
      }
    ids[count++] = idOf(text.slice(from, i));
  }
  return { ids: ids.subarray(0, count), tokens };
}

export const split = (text: string, kind: TokenKind): Split =>
  kind === 'characters' ? splitCharacters(text) : splitWords(text);
