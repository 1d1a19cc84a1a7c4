import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { transferables } from '../../src/runtime/transfer.js';

const BIG = 256 * 1024;

describe('what is handed to another thread instead of copied', () => {
  test('is every large buffer, once, wherever it is', () => {
    const a = new Float64Array(BIG / 8);
    const b = new Uint8Array(BIG);
    assert.deepEqual(transferables({ a, nested: { list: [{ b }] }, again: a }), [a.buffer, b.buffer]);
  });

  test('is no small buffer', () => {
    assert.deepEqual(transferables([{ data: new Float64Array(100) }]), []);
  });

  test('is no buffer of which less than half is used: others may own the rest', () => {
    const buffer = new ArrayBuffer(BIG);
    const third = new Uint8Array(buffer, 0, BIG / 3);
    assert.deepEqual(transferables([{ third }]), []);
    const rest = new Uint8Array(buffer, BIG / 3, BIG / 3);
    assert.deepEqual(transferables([{ third }, { rest }]), [buffer]);
  });

  test('is nothing that threads share or that is no plain value', () => {
    const shared = new Float64Array(new SharedArrayBuffer(BIG));
    assert.deepEqual(transferables({ shared, none: null, text: 'x', date: new Date() }), []);
  });
});
