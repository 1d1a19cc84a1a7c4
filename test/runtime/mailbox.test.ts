import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { newMailbox } from '../../src/runtime/mailbox.js';

describe('a mailbox', () => {
  test('hands out what was put before its end, then nothing for ever', async () => {
    const mailbox = newMailbox<number>();
    mailbox.put(1);
    mailbox.put(2);
    mailbox.end();
    assert.deepEqual(
      [await mailbox.take(), await mailbox.take(), await mailbox.take(), await mailbox.take()],
      [1, 2, null, null],
    );
  });

  test('hands out what was put before it failed, then fails', async () => {
    const mailbox = newMailbox<number>();
    mailbox.put(1);
    mailbox.fail(new Error('lost'));
    assert.equal(await mailbox.take(), 1);
    await assert.rejects(mailbox.take(), { message: 'lost' });
  });

  test('wakes a reader that waits, for an item, the end or a failure', async () => {
    const items = newMailbox<number>();
    const item = items.take();
    items.put(7);
    assert.equal(await item, 7);
    const end = items.take();
    items.end();
    assert.equal(await end, null);
    const failing = newMailbox<number>();
    const failure = failing.take();
    failing.fail(new Error('lost'));
    await assert.rejects(failure, { message: 'lost' });
  });

  test('keeps the first of an end and a failure', async () => {
    const mailbox = newMailbox<number>();
    mailbox.end();
    mailbox.fail(new Error('late'));
    assert.equal(await mailbox.take(), null);
  });
});
