import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sideBySide } from '../src/app/comparison/side-by-side.js';
import { allOf } from './support/event-stream.js';

describe('side by side', () => {
  /** Yields its name so often, and says what became of it. */
  const log: string[] = [];
  async function* source(name: string, items: number, ms = 0): AsyncGenerator<string, void, void> {
    log.push(`${name} begins`);
    try {
      for (let i = 0; i < items; i++) {
        await sleep(ms);
        log.push(name);
        yield name;
      }
      log.push(`${name} ends`);
    } finally {
      log.push(`${name} is left`);
    }
  }
  const none = (): void => {};

  test('yields all items of all sources, so many sources at a time and in their order', async () => {
    log.length = 0;
    const sources = ['a', 'b', 'c', 'd'].map((name) => source(name, 3));
    const items = await allOf(sideBySide(sources, 2, none));
    assert.deepEqual(items.sort().join(''), 'aaabbbcccddd');
    let open = 0;
    for (const line of log) {
      if (line.endsWith('begins')) open++;
      if (line.endsWith('left')) open--;
      assert.ok(open <= 2);
    }
    assert.deepEqual(
      log.filter((line) => line.endsWith('begins')),
      ['a begins', 'b begins', 'c begins', 'd begins'],
    );
  });

  test('does not wait for a slow source to pass on what others have', async () => {
    const items = await allOf(sideBySide([source('slow', 2, 100), source('fast', 4, 1)], 2, none));
    assert.deepEqual(items, ['fast', 'fast', 'fast', 'fast', 'slow', 'slow']);
  });

  test('takes from no source more than one item beyond what its reader took', async () => {
    log.length = 0;
    const merged = sideBySide([source('a', 100), source('b', 100)], 2, none);
    for (let i = 0; i < 5; i++) await merged.next();
    await sleep(50);
    const made = log.filter((line) => line === 'a' || line === 'b').length;
    assert.ok(made <= 5 + 2, `${made} items`);
    await merged.return();
  });

  test('stops and leaves all sources when it is left, and when one fails', async () => {
    log.length = 0;
    let stops = 0;
    const stop = (): void => {
      stops++;
    };
    const merged = sideBySide([source('a', 9), source('b', 9), source('c', 9)], 2, stop);
    await merged.next();
    await merged.return();
    assert.deepEqual(log.filter((line) => line.endsWith('left')).sort(), ['a is left', 'b is left']);
    assert.equal(stops, 1);

    log.length = 0;
    // biome-ignore lint/correctness/useYield: it fails before it could.
    async function* failing(): AsyncGenerator<string, void, void> {
      await sleep(5);
      throw new Error('no more');
    }
    await assert.rejects(allOf(sideBySide([source('a', 9, 2), failing()], 2, stop)), /no more/);
    assert.equal(log.at(-1), 'a is left');
    assert.equal(stops, 2);
  });
});
