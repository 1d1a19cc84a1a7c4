import { Failure } from '../core/failure.js';
import type { Transport } from './observer.js';
import type { Context, Services } from './operation.js';

export interface Request {
  readonly id: string;
  readonly context: Context;
  /** The caller has gone: stop what is under way. */
  abort(): void;
  /** Reports the request once; `failure` is null for success. */
  finish(failure: Failure | null): void;
}

/** One request's context. The abort signal is made when first asked for: most requests are answered before that. */
export function newRequest(
  services: Services,
  made: {
    readonly id: string;
    readonly operation: string;
    readonly transport: Transport;
    /** Epoch milliseconds; null for none. */
    readonly deadline: number | null;
  },
): Request {
  const startedAt = performance.now();
  const timing = { queueMs: 0, computeMs: 0 };
  let gone = false;
  let controller: AbortController | null = null;
  let finished = false;
  const { runner, datasets, limits, fingerprint, observer } = services;
  const context: Context = {
    runner,
    datasets,
    limits,
    fingerprint,
    observer,
    deadline: made.deadline,
    timing,
    get signal() {
      if (controller === null) {
        controller = new AbortController();
        if (gone) controller.abort();
      }
      return controller.signal;
    },
  };
  return {
    id: made.id,
    context,
    abort() {
      gone = true;
      controller?.abort();
    },
    finish(failure) {
      if (finished) return;
      finished = true;
      observer.requestFinished({
        requestId: made.id,
        operation: made.operation,
        transport: made.transport,
        reason: failure === null ? (gone ? 'CANCELLED' : 'OK') : failure.reason,
        ms: performance.now() - startedAt,
        timing,
        ...(failure?.cause !== undefined && { cause: failure.cause }),
      });
    },
  };
}

let counter = 0;
const prefix = Math.floor(Math.random() * 0xffffffff)
  .toString(16)
  .padStart(8, '0');

/** The caller's own id where it is short and printable, else a new one. */
export function requestId(given: unknown): string {
  if (typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given)) return given;
  counter = (counter + 1) % Number.MAX_SAFE_INTEGER;
  return `${prefix}-${counter.toString(36)}`;
}

/** Milliseconds from a `2.5s` timeout, or null when there is none. */
export function timeoutMs(text: string | undefined): number | null {
  if (text === undefined) return null;
  const match = /^(\d{1,7}(?:\.\d{1,9})?)s$/.exec(text);
  if (match !== null) return Number(match[1]) * 1000;
  throw new Failure('INVALID_FIELD', `Gradclip-Timeout: expected a duration such as "2.5s", got "${text}"`, {
    violations: [{ path: 'Gradclip-Timeout', message: `expected a duration such as "2.5s", got "${text}"` }],
  });
}
