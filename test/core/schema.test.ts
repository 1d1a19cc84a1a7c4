import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { durationText, toNumber, toSeconds } from '../../src/core/schema.js';
import { refusalOf } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';
import { rest } from '../support/transports.js';

describe('a number on the wire', () => {
  test('is a JSON number or one of the three names of ProtoJSON', () => {
    assert.equal(toNumber(-0), -0);
    assert.equal(toNumber('NaN'), Number.NaN);
    assert.equal(toNumber('Infinity'), Infinity);
    assert.equal(toNumber('-Infinity'), -Infinity);
  });

  test('is no other text, nor a name that every object has', () => {
    for (const text of ['', '1', 'nan', 'infinity', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])
      assert.equal(toNumber(text), undefined, text);
    for (const value of [null, undefined, true, [], {}]) assert.equal(toNumber(value), undefined);
  });
});

test('a duration of a reply has no exponent and is the duration that came', () => {
  for (const [text, written] of [
    ['0s', '0s'],
    ['10s', '10s'],
    ['2.5s', '2.5s'],
    ['0.05s', '0.05s'],
    ['100.000s', '100s'],
    ['0.0000001s', '0.0000001s'],
    ['0.000000001s', '0.000000001s'],
    ['2073599.999999999s', '2073599.999999999s'],
    ['2073600s', '2073600s'],
  ] as const)
    assert.equal(durationText(1000 * (toSeconds(text) as number)), written);
});

describe('a name that every object has is refused where a number belongs', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());

  for (const [title, request, path] of [
    [
      'threshold',
      { gradients: [[3, 4]], clipping: { globalNorm: { threshold: 'constructor' } } },
      'clipping.globalNorm.threshold',
    ],
    ['nested array', { gradients: [[3, 'toString']], clipping: { none: {} } }, 'gradients[0][1]'],
    ['values', { gradients: [{ values: ['valueOf'] }], clipping: { none: {} } }, 'gradients[0].values[0]'],
  ] as const)
    test(`as a ${title}`, async () => {
      const refusal = await refusalOf(rest(service).clip(request));
      assert.equal(refusal.reason, 'INVALID_FIELD');
      assert.equal(refusal.violations[0]?.path, path);
      assert.match(refusal.violations[0]?.message ?? '', /^expected a number/);
    });
});
