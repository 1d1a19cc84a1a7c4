import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  acknowledge,
  type Control,
  hasRoom,
  newControl,
  stop,
  stopped,
  waitForRoom,
} from '../../src/runtime/control.js';
import { until } from '../support/until.js';

/** A thread that waits for room to send its fifth batch and says when it has waited long enough. */
function waitElsewhere(
  control: Control,
  deadline: number | null,
): { woken: Promise<void>; asleep(): boolean } {
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { url, control, flag, deadline } } = require('node:worker_threads');
    import(url).then(({ waitForRoom }) => {
      Atomics.store(flag, 0, 1);
      waitForRoom(control, 4, deadline);
      Atomics.store(flag, 0, 2);
    });`;
  const url = new URL('../../src/runtime/control.js', import.meta.url).href;
  const worker = new Worker(code, { eval: true, workerData: { url, control, flag, deadline } });
  return {
    woken: new Promise((resolve, reject) => worker.once('exit', () => resolve()).once('error', reject)),
    asleep: () => Atomics.load(flag, 0) === 1,
  };
}

describe('the control words', () => {
  test('leave room for four batches beyond the last one that was taken', () => {
    const control = newControl();
    assert.deepEqual([hasRoom(control, 3), hasRoom(control, 4)], [true, false]);
    acknowledge(control);
    assert.deepEqual([hasRoom(control, 4), hasRoom(control, 5)], [true, false]);
  });

  test('say that the run is to stop', () => {
    const control = newControl();
    assert.equal(stopped(control), false);
    stop(control);
    assert.equal(stopped(control), true);
  });

  for (const [title, wake] of [
    ['a batch is taken', acknowledge],
    ['the run is stopped', stop],
  ] as const)
    test(`let a thread sleep until ${title}`, async () => {
      const control = newControl();
      const { woken, asleep } = waitElsewhere(control, null);
      await until('the thread waits', asleep);
      await new Promise((resolve) => setTimeout(resolve, 120));
      assert.ok(asleep(), 'it did not wait');
      wake(control);
      await woken;
    });

  test('let no thread sleep past the deadline of its run', async () => {
    const control = newControl();
    const { woken } = waitElsewhere(control, Date.now() + 100);
    await woken;
    assert.equal(hasRoom(control, 4), false);
    waitForRoom(control, 4, Date.now() - 1);
  });
});
