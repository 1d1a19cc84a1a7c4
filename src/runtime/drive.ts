import type { Delivery } from '../app/runner.js';
import type { Batch } from '../core/columns.js';
import { CANCEL, EXPIRE, FLUSH, GO, type Verdict } from '../core/iterate.js';

/** Reading the clock costs as much as a cheap iteration, so it is read about every 0.2 ms only. */
const CLOCK_MS = 0.2;
const MOST_SKIPPED = 4096;

/**
 * The driver's side of a run: a stop word seen at every iteration, the clock seen often enough. Rows are flushed
 * only when they can go: a slow reader gets fuller batches, not one row at a time.
 */
export function newPoll(
  isStopped: () => boolean,
  canFlush: () => boolean,
  flushMs: number,
  deadline: number | null,
): () => Verdict {
  let skip = 1;
  let left = 1;
  // The clock of the deadline is read first: a thread that is held up in between expires late rather than early.
  const expiresIn = deadline === null ? Infinity : deadline - Date.now();
  let seen = performance.now();
  let flushAt = seen + flushMs;
  const expireAt = seen + expiresIn;
  return () => {
    if (isStopped()) return CANCEL;
    if (--left > 0) return GO;
    const now = performance.now();
    if (now - seen < CLOCK_MS) skip = Math.min(MOST_SKIPPED, skip * 2);
    else skip = Math.max(1, skip >> 1);
    left = skip;
    seen = now;
    if (now >= expireAt) return EXPIRE;
    if (now < flushAt || !canFlush()) return GO;
    flushAt = now + flushMs;
    return FLUSH;
  };
}

/** Unsent batches that a conflated run keeps. */
const KEPT = 4;

export interface Outbox {
  add(batch: Batch): void;
  /** Whether `add` would return at once. */
  ready(): boolean;
  /** Sends what is left without waiting. */
  close(): void;
}

/**
 * LOSSLESS waits for room before each batch; CONFLATE never waits and drops the oldest unsent batch when more
 * than a few are kept, telling the next one how many rows are missing.
 */
export function newOutbox(
  delivery: Delivery,
  room: { has(sent: number): boolean; wait(sent: number): void },
  send: (batch: Batch, dropped: number) => void,
): Outbox {
  const unsent: Batch[] = [];
  let sent = 0;
  let dropped = 0;
  const sendOldest = (): void => {
    send(unsent.shift() as Batch, dropped);
    dropped = 0;
    sent++;
  };
  return {
    add(batch) {
      unsent.push(batch);
      if (delivery === 'LOSSLESS') {
        room.wait(sent);
        sendOldest();
        return;
      }
      if (unsent.length > KEPT) dropped += (unsent.shift() as Batch).rows;
      while (unsent.length > 0 && room.has(sent)) sendOldest();
    },
    ready: () => delivery === 'CONFLATE' || room.has(sent),
    close() {
      while (unsent.length > 0) sendOldest();
    },
  };
}
