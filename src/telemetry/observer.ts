import type { Observer, RequestRecord } from '../app/observer.js';
import { LANES, type RunnerEvents } from '../runtime/runner.js';
import type { Series } from './histogram.js';
import type { Log } from './logger.js';
import { type Metrics, TRANSPORTS } from './metrics.js';

/** How many finished requests may wait to be counted and logged, and how long. */
const MOST_PENDING = 256;
const LONGEST_PENDING_MS = 100;

/** Requests of one operation that came one way and ended for one reason. */
interface Kind {
  readonly duration: Series;
  /** What its lines have in common, as members of a JSON object; null where they are not logged in batches. */
  readonly members: string | null;
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
 * counted and logged in batches: amid all else that a request does, prom-client and pino take 20 µs, in a row 2. The
 * line of a request is put together here, as pino would but at a quarter of the cost.
 */
export function newObserver(metrics: Metrics, { logger, write }: Log): FlushableObserver {
  for (const transport of TRANSPORTS) metrics.streams.set({ transport }, 0);
  for (const lane of LANES) metrics.workersLost.inc({ lane }, 0);
  const known = new Map<string, Kind>();
  const pending: Finished[] = [];
  let timer: NodeJS.Timeout | null = null;
  const groups = { clipped: 0, kept: 0 };
  const logsRequests = logger.isLevelEnabled('info');

  function kindOf({ operation, transport, reason }: RequestRecord): Kind {
    const key = `${operation} ${transport} ${reason}`;
    let kind = known.get(key);
    if (kind === undefined) {
      const duration = metrics.requests.series(operation, transport, reason);
      const members = JSON.stringify({ operation, transport, reason }).slice(1, -1);
      kind = { duration, members: logsRequests && !isBug(reason) ? members : null };
      known.set(key, kind);
    }
    return kind;
  }

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    let lines = '';
    for (const { kind, record, at } of pending) {
      kind.duration.observe(record.ms / 1000);
      if (kind.members !== null) lines += lineOf(kind.members, record, at);
    }
    if (lines !== '') write(lines);
    pending.length = 0;
    if (groups.clipped > 0) metrics.gradients.inc({ clipped: 'true' }, groups.clipped);
    if (groups.kept > 0) metrics.gradients.inc({ clipped: 'false' }, groups.kept);
    groups.clipped = 0;
    groups.kept = 0;
  }

  return {
    flush,
    requestFinished(record) {
      if (isBug(record.reason)) {
        const { operation, transport, reason, requestId, cause } = record;
        const fields = { operation, transport, reason, requestId, ...millisecondsOf(record) };
        logger.error({ ...fields, cause: causeText(cause) }, 'request');
      }
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

const isBug = (reason: RequestRecord['reason']): boolean => reason === 'INTERNAL' || reason === 'WORKER_LOST';

/** The id of a request has no character that JSON would escape. */
function lineOf(members: string, record: RequestRecord, at: number): string {
  const { ms, queueMs, computeMs } = millisecondsOf(record);
  const times = `"ms":${ms},"queueMs":${queueMs},"computeMs":${computeMs}`;
  return `{"level":30,"time":"${isoTime(at)}",${members},"requestId":"${record.requestId}",${times},"msg":"request"}\n`;
}

const millisecondsOf = ({ ms, timing }: RequestRecord) => ({
  ms: round(ms),
  queueMs: round(timing.queueMs),
  computeMs: round(timing.computeMs),
});

let lastTime = 0;
let lastText = '';
/** ISO 8601, made once per millisecond. */
function isoTime(at: number): string {
  if (at !== lastTime) lastText = new Date(at).toISOString();
  lastTime = at;
  return lastText;
}

const round = (ms: number): number => Math.round(ms * 1000) / 1000;

const causeText = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
