import type { Observer, RequestRecord } from '../app/observer.js';
import { LANES, type RunnerEvents } from '../runtime/runner.js';
import type { Series } from './histogram.js';
import type { Log, Logger } from './logger.js';
import { type Metrics, TRANSPORTS } from './metrics.js';

/** How many finished requests may wait to be counted and logged, and how long. */
const MOST_PENDING = 256;
const LONGEST_PENDING_MS = 100;

/** Requests of one operation that came one way and ended for one reason. */
interface Kind {
  readonly duration: Series;
  readonly logger: Logger;
}

interface Finished {
  readonly kind: Kind;
  readonly record: RequestRecord;
  /** Epoch milliseconds. */
  readonly at: number;
}

export interface FlushableObserver extends Observer, RunnerEvents {
  /** Counts and logs what still waits; call it before the metrics are read and before the process ends. */
  flush(): void;
}

/**
 * Operations, transports and workers report here; nothing of a request's content is ever passed on. Requests are
 * counted and logged in batches: amid all else that a request does, prom-client and pino take 20 µs, in a row 2.
 */
export function newObserver(metrics: Metrics, { logger, inOnePiece }: Log): FlushableObserver {
  for (const transport of TRANSPORTS) metrics.streams.set({ transport }, 0);
  for (const lane of LANES) metrics.workersLost.inc({ lane }, 0);
  const known = new Map<string, Kind>();
  const pending: Finished[] = [];
  let timer: NodeJS.Timeout | null = null;
  const groups = { clipped: 0, kept: 0 };

  function kindOf({ operation, transport, reason }: RequestRecord): Kind {
    const key = `${operation} ${transport} ${reason}`;
    let kind = known.get(key);
    if (kind === undefined) {
      const duration = metrics.requests.series(operation, transport, reason);
      kind = { duration, logger: logger.child({ operation, transport, reason }) };
      known.set(key, kind);
    }
    return kind;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    inOnePiece((setTime) => {
      for (const { kind, record, at } of pending) {
        kind.duration.observe(record.ms / 1000);
        setTime(at);
        logRequest(kind.logger, record);
      }
    });
    pending.length = 0;
    if (groups.clipped > 0) metrics.gradients.inc({ clipped: 'true' }, groups.clipped);
    if (groups.kept > 0) metrics.gradients.inc({ clipped: 'false' }, groups.kept);
    groups.clipped = 0;
    groups.kept = 0;
  }

  return {
    flush,
    requestFinished(record) {
      pending.push({ kind: kindOf(record), record, at: Date.now() });
      if (pending.length >= MOST_PENDING) flush();
      else timer ??= setTimeout(flush, LONGEST_PENDING_MS).unref();
    },
    streamOpened: (transport) => metrics.streams.inc({ transport }),
    streamClosed: (transport) => metrics.streams.dec({ transport }),
    gradientsClipped(all, clipped) {
      groups.clipped += clipped;
      groups.kept += all - clipped;
    },
    runFinished({ reason, iterations, clippedFraction }) {
      metrics.runs.inc({ reason });
      metrics.iterations.inc(iterations);
      metrics.clippedFraction.observe(clippedFraction);
    },
    queued: (lane, ms) => metrics.queued.observe({ lane }, ms / 1000),
    computed: (lane, ms) => metrics.computed.observe({ lane }, ms / 1000),
    workerLost(lane, cause) {
      metrics.workersLost.inc({ lane });
      logger.error({ lane, cause: causeText(cause) }, 'worker lost');
    },
  };
}

function logRequest(logger: Logger, { requestId, reason, ms, timing, cause }: RequestRecord): void {
  const bug = reason === 'INTERNAL' || reason === 'WORKER_LOST';
  const level = bug ? 'error' : 'info';
  if (!logger.isLevelEnabled(level)) return;
  const line = {
    requestId,
    ms: round(ms),
    queueMs: round(timing.queueMs),
    computeMs: round(timing.computeMs),
  };
  logger[level](bug ? { ...line, cause: causeText(cause) } : line, 'request');
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

const causeText = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
