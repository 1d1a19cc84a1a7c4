import { Failure } from '../core/failure.js';

/** A bounded number of slots with a bounded, cancellable queue in front of them. */
export interface Slots {
  /**
   * Resolves when a slot is the caller's, who must release it. Rejects with OVERLOADED when the queue is full,
   * DEADLINE_UNREACHABLE when the wait would be too long, DEADLINE when it was, CANCELLED when the signal aborts.
   */
  acquire(signal: AbortSignal, deadline: number | null): Promise<void>;
  /** `busyMs`: how long the slot was held, for the estimate of the next wait. */
  release(busyMs: number): void;
  readonly waiting: number;
  readonly busy: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: Failure) => void;
  settled: boolean;
}

export function newSlots(size: number, queueLimit: number): Slots {
  const queue = new Set<Waiter>();
  let busy = 0;
  /** Moving average of how long a slot is held. */
  let typicalMs = 0;

  const expectedWaitMs = (): number => ((queue.size + 1) * typicalMs) / size;

  function refusal(deadline: number | null): Failure | null {
    const retryAfterSeconds = Math.max(1, Math.ceil(expectedWaitMs() / 1000));
    if (queue.size >= queueLimit)
      return new Failure('OVERLOADED', `the queue is full (${queueLimit} waiting)`, {
        retryAfterSeconds,
        metadata: { limit: String(queueLimit) },
      });
    if (deadline !== null && Date.now() + expectedWaitMs() > deadline && queue.size > 0)
      return new Failure('DEADLINE_UNREACHABLE', 'the request would still be waiting at its deadline', {
        retryAfterSeconds,
        metadata: { expectedWaitMs: expectedWaitMs().toFixed(0) },
      });
    return null;
  }

  function wait(signal: AbortSignal, deadline: number | null): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { resolve: settle(resolve), reject: settle(reject), settled: false };
      const onAbort = (): void => waiter.reject(cancelled());
      queue.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      const disarm = atDeadline(deadline, () => waiter.reject(expired()));

      function settle<A extends unknown[]>(then: (...args: A) => void): (...args: A) => void {
        return (...args) => {
          if (waiter.settled) return;
          waiter.settled = true;
          queue.delete(waiter);
          disarm();
          signal.removeEventListener('abort', onAbort);
          then(...args);
        };
      }
    });
  }

  return {
    async acquire(signal, deadline) {
      assertAwaited(signal, deadline);
      if (busy < size) {
        busy++;
        return;
      }
      const refused = refusal(deadline);
      if (refused !== null) throw refused;
      await wait(signal, deadline);
    },
    release(busyMs) {
      typicalMs = typicalMs === 0 ? busyMs : 0.8 * typicalMs + 0.2 * busyMs;
      const [next] = queue;
      if (next === undefined) busy--;
      else next.resolve();
    },
    get waiting() {
      return queue.size;
    },
    get busy() {
      return busy;
    },
  };
}

export const cancelled = (): Failure => new Failure('CANCELLED', 'the caller went away');
export const expired = (): Failure =>
  new Failure('DEADLINE', 'the deadline passed before anything was produced');

/** Throws when nobody waits for the work any more. */
export function assertAwaited(signal: AbortSignal, deadline: number | null): void {
  if (signal.aborted) throw cancelled();
  if (deadline !== null && deadline <= Date.now()) throw expired();
}

const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls `then` at the deadline, unless disarmed before; a deadline that no timer can reach (24 days) never comes. */
export function atDeadline(deadline: number | null, then: () => void): () => void {
  const left = deadline === null ? Infinity : deadline - Date.now();
  if (left > MAX_TIMER_MS) return () => {};
  const timer = setTimeout(then, Math.max(0, left));
  return () => clearTimeout(timer);
}
