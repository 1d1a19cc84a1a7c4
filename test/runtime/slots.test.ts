import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newSlots } from '../../src/runtime/slots.js';

const present = (): AbortSignal => new AbortController().signal;
const DAY_MS = 24 * 3600 * 1000;

describe('slots', () => {
  test('give what is free at once and the rest in the order of arrival', async () => {
    const slots = newSlots(2, 10);
    const order: string[] = [];
    const enter = async (name: string): Promise<void> => {
      await slots.acquire(present(), null);
      order.push(name);
    };
    const all = ['a', 'b', 'c', 'd'].map(enter);
    await Promise.all(all.slice(0, 2));
    assert.deepEqual([slots.busy, slots.waiting], [2, 2]);
    slots.release(1);
    await all[2];
    assert.deepEqual(order, ['a', 'b', 'c']);
    assert.deepEqual([slots.busy, slots.waiting], [2, 1]);
    slots.release(1);
    await all[3];
    slots.release(1);
    slots.release(1);
    assert.deepEqual([slots.busy, slots.waiting], [0, 0]);
  });

  test('refuse what the queue cannot hold, and say when to come back', async () => {
    const slots = newSlots(1, 1);
    await slots.acquire(present(), null);
    slots.release(8000);
    await slots.acquire(present(), null);
    const waiting = slots.acquire(present(), null);
    await assert.rejects(slots.acquire(present(), null), {
      reason: 'OVERLOADED',
      message: /1 waiting/,
      metadata: { limit: '1' },
      // Two turns of eight seconds are ahead.
      retryAfterSeconds: 16,
    });
    slots.release(8000);
    await waiting;
  });

  test('with a queue of none refuse whatever would wait', async () => {
    const slots = newSlots(1, 0);
    await slots.acquire(present(), null);
    await assert.rejects(slots.acquire(present(), null), { reason: 'OVERLOADED', retryAfterSeconds: 1 });
  });

  test('refuse a deadline that the queue alone would take', async () => {
    const slots = newSlots(1, 10);
    await slots.acquire(present(), null);
    slots.release(60_000);
    await slots.acquire(present(), null);
    const first = slots.acquire(present(), null);
    await assert.rejects(slots.acquire(present(), Date.now() + 5000), {
      reason: 'DEADLINE_UNREACHABLE',
      retryAfterSeconds: 120,
      metadata: { expectedWaitMs: '120000' },
    });
    const patient = slots.acquire(present(), Date.now() + 600_000);
    slots.release(1);
    await first;
    slots.release(1);
    await patient;
  });

  test('give up at the deadline and leave the queue', async () => {
    const slots = newSlots(1, 10);
    await slots.acquire(present(), null);
    await assert.rejects(slots.acquire(present(), Date.now() + 20), { reason: 'DEADLINE' });
    assert.deepEqual([slots.busy, slots.waiting], [1, 0]);
    slots.release(1);
    assert.equal(slots.busy, 0);
  });

  test('give up when the caller goes, and leave the queue', async () => {
    const slots = newSlots(1, 10);
    await slots.acquire(present(), null);
    const abort = new AbortController();
    const gone = slots.acquire(abort.signal, null);
    const patient = slots.acquire(present(), null);
    abort.abort();
    await assert.rejects(gone, { reason: 'CANCELLED' });
    assert.equal(slots.waiting, 1);
    slots.release(1);
    await patient;
    assert.deepEqual([slots.busy, slots.waiting], [1, 0]);
  });

  test('give nothing to a caller who is gone or late already', async () => {
    const slots = newSlots(1, 10);
    await assert.rejects(slots.acquire(AbortSignal.abort(), null), { reason: 'CANCELLED' });
    await assert.rejects(slots.acquire(present(), Date.now() - 1), { reason: 'DEADLINE' });
    assert.equal(slots.busy, 0);
  });

  test('wait on when the deadline is further away than a timer can be', async () => {
    const slots = newSlots(1, 10);
    await slots.acquire(present(), null);
    const patient = slots.acquire(present(), Date.now() + 100 * DAY_MS);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(slots.waiting, 1);
    slots.release(1);
    await patient;
  });
});
