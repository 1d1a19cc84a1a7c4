import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toJson } from '../../src/wire/json.js';
import { parseJson } from '../support/json.js';

const back = (value: unknown): unknown => parseJson(toJson(value));
/** Strict equality tells 0 from -0 and takes NaN for NaN. */
const survives = (value: unknown): void => assert.deepStrictEqual(back(value), value);

const zeros = (_key: string, value: unknown): unknown => (Object.is(value, -0) ? '-0' : value);

const EXTREMES = [
  Number.NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  5e-324,
  -5e-324,
  2.2250738585072014e-308,
  1.7976931348623157e308,
  1e21,
  1e-7,
  0.1,
  2 ** 53,
  -1,
];

describe('the JSON of a reply', () => {
  for (const value of EXTREMES)
    test(`keeps ${Object.is(value, -0) ? '-0' : value}`, () => {
      survives(value);
      survives([value]);
      survives({ a: { b: [value, [value]] } });
      assert.deepStrictEqual(back(Float64Array.of(1, value)), [1, value]);
    });

  test('writes what JSON lacks as ProtoJSON does', () => {
    assert.equal(
      toJson([Number.NaN, Infinity, -Infinity, -0, 5e-324]),
      '["NaN","Infinity","-Infinity",-0,5e-324]',
    );
    assert.equal(toJson(Float64Array.of(Number.NaN, -0)), '["NaN",-0]');
  });

  test('keeps every double, alone and in arrays of any kind', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 20 }), (values) => {
        survives(values);
        assert.deepStrictEqual(back(Float64Array.from(values)), values);
        assert.deepStrictEqual(back(Float32Array.from(values)), [...Float32Array.from(values)]);
      }),
      { seed: 1, numRuns: 1000 },
    );
  });

  test('writes bytes as base64, those of a view alone', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(7), (bytes, offset) => {
        const whole = new Uint8Array(bytes.length + offset + 3).fill(0xaa);
        whole.set(bytes, offset);
        const text = back(whole.subarray(offset, offset + bytes.length)) as string;
        assert.deepStrictEqual(Uint8Array.from(Buffer.from(text, 'base64')), bytes);
      }),
      { seed: 2 },
    );
  });

  test('keeps every string: unicode, control characters, quotes, lone surrogates', () => {
    const names = ['NaN', 'Infinity', '-Infinity'];
    const text = fc.string({ unit: 'binary' }).filter((s) => !names.includes(s));
    fc.assert(
      fc.property(text, text, (key, value) => survives({ [key]: value })),
      { seed: 3 },
    );
    survives(['', '"', '\\', '\u0000', '\u2028', 'ℓ₂ ‖g‖', '🎓', '\ud800', '__proto__']);
  });

  test('is the text of JSON.stringify for nested values without what JSON lacks', () => {
    const plain = fc.jsonValue().filter((value) => !JSON.stringify([value], zeros).includes('"-0"'));
    fc.assert(
      fc.property(plain, (value) => {
        assert.equal(toJson(value), JSON.stringify(value));
      }),
      { seed: 4, numRuns: 500 },
    );
  });

  test('leaves out fields that are undefined, first, last and alone', () => {
    assert.equal(toJson({ a: undefined, b: 1, c: undefined, d: 2, e: undefined }), '{"b":1,"d":2}');
    assert.equal(toJson({ a: undefined }), '{}');
    assert.equal(toJson({ a: null, b: true, c: false }), '{"a":null,"b":true,"c":false}');
  });

  test('keeps empty things', () => {
    for (const value of [[], {}, '', [[]], [{}], { a: [] }]) survives(value);
    assert.equal(toJson(new Float64Array(0)), '[]');
    assert.equal(toJson(new Uint8Array(0)), '""');
  });
});
