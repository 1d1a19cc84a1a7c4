import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { split, type TokenKind } from '../../../src/core/text/tokens.js';
import { type EncodingOptions, encode } from '../../../src/core/text/vocabulary.js';

const OPTIONS: EncodingOptions = { tokens: 'characters', vocabularySize: null, validationFraction: 0 };
const encoded = (text: string, options: Partial<EncodingOptions> = {}) => {
  const { training, heldOut, ...rest } = encode(text, { ...OPTIONS, ...options });
  return { training: [...training], heldOut: [...heldOut], ...rest };
};
const tokensOf = (text: string, kind: TokenKind) => {
  const { ids, tokens } = split(text, kind);
  return Array.from(ids, (id) => tokens[id]);
};

describe('the tokens of a text', () => {
  test('characters are its code points', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.deepEqual(
          tokensOf(text, 'characters'),
          Array.from(text, (c) => c.codePointAt(0)),
        );
      }),
    );
  });

  for (const [text, words] of [
    ['Call me Ishmael.', ['Call', 'me', 'Ishmael', '.']],
    ['  the\r\n\twhale ', ['the', 'whale']],
    [
      "It’s ’twas Ahab’s; don't, the sailors' o'-",
      ['It’s', '’', 'twas', 'Ahab’s', ';', "don't", ',', 'the', 'sailors', "'", 'o', "'", '-'],
    ],
    ['ago—never “mind”…', ['ago', '—', 'never', '“', 'mind', '”', '…']],
    ['naïve Größe 3×4=12', ['naïve', 'Größe', '3', '×', '4', '=', '12']],
    ['кит 鯨、クジラ 🐋!', ['кит', '鯨', '、', 'クジラ', '🐋', '!']],
    ['a\u00a0b\u2003c\u3000d\u0085e', ['a', 'b', 'c', 'd', 'e']],
    ['', []],
  ] as const)
    test(`words of ${JSON.stringify(text)}`, () => assert.deepEqual(tokensOf(text, 'words'), words));

  test('words are the text without its spaces', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(tokensOf(text, 'words').join('').replace(/\s/gu, ''), text.replace(/\s/gu, ''));
      }),
    );
  });
});

describe('the vocabulary', () => {
  test('is ordered by frequency, then by code points', () => {
    assert.deepEqual(encoded('bbaac'), { training: [1, 1, 0, 0, 2], heldOut: [], size: 3, distinct: 3 });
    // U+FF21 comes before U+1F40B, though not in UTF-16.
    assert.deepEqual(encoded('🐋Ａ').training, [1, 0]);
    assert.deepEqual(encoded('x🐋 xＡ', { tokens: 'words' }).training, [1, 0]);
    assert.deepEqual(encoded('ab a abc', { tokens: 'words' }).training, [1, 0, 2]);
  });

  test('is that of the training part; what the held-out part has beside it shares the last number', () => {
    assert.deepEqual(encoded('abbbbaxbya', { validationFraction: 0.4 }), {
      training: [1, 0, 0, 0, 0, 1],
      heldOut: [2, 0, 2, 1],
      size: 3,
      distinct: 2,
    });
  });

  test('has no number for others if there are none', () => {
    assert.equal(encoded('aabbab', { validationFraction: 0.34 }).size, 2);
    assert.equal(encoded('abc', { vocabularySize: 3 }).size, 3);
    assert.equal(encoded('abc', { vocabularySize: 100 }).size, 3);
  });

  test('keeps the most frequent tokens within its limit, the number of the others included', () => {
    const words = 'a b a b a c d';
    assert.deepEqual(encoded(words, { tokens: 'words', vocabularySize: 3 }), {
      training: [0, 1, 0, 1, 0, 2, 2],
      heldOut: [],
      size: 3,
      distinct: 3,
    });
    assert.deepEqual(encoded(words, { tokens: 'words', vocabularySize: 2 }).training, [0, 1, 0, 1, 0, 1, 1]);
    // Full with the training part, and the held-out part has another.
    const full = encoded('aabbcx', { vocabularySize: 3, validationFraction: 0.2 });
    assert.deepEqual(full, { training: [0, 0, 1, 1, 2], heldOut: [2], size: 3, distinct: 3 });
  });

  test('of nothing is empty', () => {
    assert.deepEqual(encoded(''), { training: [], heldOut: [], size: 0, distinct: 0 });
  });
});
