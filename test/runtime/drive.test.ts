import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Batch } from '../../src/core/columns.js';
import { CANCEL, EXPIRE, FLUSH, GO, type Verdict } from '../../src/core/iterate.js';
import { newOutbox, newPoll } from '../../src/runtime/drive.js';

const never = (): boolean => false;
const always = (): boolean => true;

/** Polls for some milliseconds, as a run of cheap iterations does. */
function verdicts(poll: () => Verdict, ms: number): Map<Verdict, number> {
  const counts = new Map<Verdict, number>();
  for (const end = performance.now() + ms; performance.now() < end; ) {
    const verdict = poll();
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return counts;
}

describe('the poll of a run', () => {
  test('sees a stop at the very next iteration, however seldom it reads the clock', () => {
    let stop = false;
    const poll = newPoll(() => stop, always, 1000, null);
    verdicts(poll, 20);
    stop = true;
    assert.equal(poll(), CANCEL);
  });

  test('flushes about once per flush time', () => {
    const counts = verdicts(newPoll(never, always, 10, null), 100);
    const flushes = counts.get(FLUSH) ?? 0;
    assert.ok(flushes >= 1 && flushes <= 10, `${flushes} flushes`);
    assert.ok((counts.get(GO) ?? 0) > flushes);
  });

  test('flushes nothing while it could not go, and at once when it can', () => {
    let room = false;
    const poll = newPoll(never, () => room, 0, null);
    assert.deepEqual([...verdicts(poll, 10).keys()], [GO]);
    room = true;
    assert.ok(verdicts(poll, 10).has(FLUSH));
  });

  test('expires at the deadline and not before', () => {
    const deadline = Date.now() + 30;
    const poll = newPoll(never, always, 1000, deadline);
    let verdict = poll();
    for (const end = performance.now() + 5000; verdict === GO && performance.now() < end; ) verdict = poll();
    assert.equal(verdict, EXPIRE);
    assert.ok(Date.now() >= deadline - 1);
  });
});

const batch = (firstIteration: number): Batch => ({
  firstIteration,
  stride: 1,
  rows: 2,
  values: new Float64Array(2),
});

/** An outbox whose reader has taken `taken` batches; what was sent is `[firstIteration, dropped]`. */
function newBox(delivery: 'LOSSLESS' | 'CONFLATE') {
  const state = { taken: 0, waits: 0 };
  const sent: [number, number][] = [];
  const has = (n: number): boolean => n - state.taken < 1;
  const outbox = newOutbox(
    delivery,
    {
      has,
      wait(n) {
        if (has(n)) return;
        state.waits++;
        state.taken = n;
      },
    },
    ({ firstIteration }, dropped) => sent.push([firstIteration, dropped]),
  );
  return { outbox, sent, state };
}

describe('the outbox of a run', () => {
  test('without loss waits for room before each batch', () => {
    const { outbox, sent, state } = newBox('LOSSLESS');
    assert.equal(outbox.ready(), true);
    for (const k of [0, 2, 4]) outbox.add(batch(k));
    assert.deepEqual(sent, [
      [0, 0],
      [2, 0],
      [4, 0],
    ]);
    assert.equal(state.waits, 2);
    assert.equal(outbox.ready(), false);
  });

  test('conflated keeps the newest four and tells the next how many rows are missing before it', () => {
    const { outbox, sent, state } = newBox('CONFLATE');
    for (let k = 0; k < 20; k += 2) outbox.add(batch(k));
    assert.deepEqual(sent, [[0, 0]]);
    assert.equal(state.waits, 0);
    state.taken = 1;
    outbox.add(batch(20));
    assert.deepEqual(sent.slice(1), [[14, 12]]);
    outbox.close();
    assert.deepEqual(sent.slice(2), [
      [16, 0],
      [18, 0],
      [20, 0],
    ]);
  });
});
