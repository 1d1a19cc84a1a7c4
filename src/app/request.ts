import { Failure } from '../core/failure.js';
import type { Transport } from './observer.js';
import type { Context, Services } from './operation.js';

interface Made {
  readonly id: string;
  readonly operation: string;
  readonly transport: Transport;
  /** Called at most once, when somebody first wants to know whether the caller is still there. */
  readonly watch: (abort: () => void) => void;
}

/**
 * One request, which is also the context of its operation. A class for its getter: the abort signal and the watch on
 * the connection are made when first asked for, because most requests are answered before that.
 */
export class Request implements Context {
  readonly runner: Services['runner'];
  readonly datasets: Services['datasets'];
  readonly limits: Services['limits'];
  readonly fingerprint: string;
  readonly observer: Services['observer'];
  /** Epoch milliseconds; null for none. */
  deadline: number | null = null;
  readonly timing = { queueMs: 0, computeMs: 0 };
  readonly id: string;
  readonly #made: Made;
  readonly #startedAt = performance.now();
  #controller: AbortController | null = null;
  #finished = false;

  constructor({ runner, datasets, limits, fingerprint, observer }: Services, made: Made) {
    this.runner = runner;
    this.datasets = datasets;
    this.limits = limits;
    this.fingerprint = fingerprint;
    this.observer = observer;
    this.id = made.id;
    this.#made = made;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#made.watch(() => controller.abort());
    }
    return this.#controller.signal;
  }

  /** Reports the request once; `failure` is null for success. */
  finish(failure: Failure | null): void {
    if (this.#finished) return;
    this.#finished = true;
    const gone = this.#controller?.signal.aborted === true;
    this.observer.requestFinished({
      requestId: this.id,
      operation: this.#made.operation,
      transport: this.#made.transport,
      reason: failure === null ? (gone ? 'CANCELLED' : 'OK') : failure.reason,
      ms: performance.now() - this.#startedAt,
      timing: this.timing,
      cause: failure?.cause,
    });
  }
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
