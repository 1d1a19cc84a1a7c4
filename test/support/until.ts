import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again every few milliseconds until `holds` is true; fails after `seconds`, which only bounds the wait. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 10,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, `after ${seconds} s still not: ${what}`);
    await sleep(5);
  }
}
