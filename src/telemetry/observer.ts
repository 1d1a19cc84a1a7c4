import type { Observer } from '../app/observer.js';
import type { RunnerEvents } from '../runtime/runner.js';
import type { Logger } from './logger.js';
import { type Metrics, TRANSPORTS } from './metrics.js';

/** Operations, transports and workers report here; nothing of a request's content is ever passed on. */
export function newObserver(metrics: Metrics, logger: Logger): Observer & RunnerEvents {
  for (const transport of TRANSPORTS) metrics.streams.set({ transport }, 0);
  const durations = new Map<string, { observe(seconds: number): void }>();
  const durationOf = (
    operation: string,
    transport: string,
    reason: string,
  ): { observe(seconds: number): void } => {
    const key = `${operation} ${transport} ${reason}`;
    let bound = durations.get(key);
    if (bound === undefined) {
      bound = metrics.requests.labels(operation, transport, reason);
      durations.set(key, bound);
    }
    return bound;
  };
  const gradientsClipped = metrics.gradients.labels('true');
  const gradientsKept = metrics.gradients.labels('false');
  const round = (ms: number): number => Math.round(ms * 1000) / 1000;

  return {
    requestFinished({ requestId, operation, transport, reason, ms, timing, cause }) {
      durationOf(operation, transport, reason).observe(ms / 1000);
      const bug = reason === 'INTERNAL' || reason === 'WORKER_LOST';
      const level = bug ? 'error' : 'info';
      if (!logger.isLevelEnabled(level)) return;
      logger[level](
        {
          requestId,
          operation,
          transport,
          reason,
          ms: round(ms),
          queueMs: round(timing.queueMs),
          computeMs: round(timing.computeMs),
          ...(bug && { cause: causeText(cause) }),
        },
        'request',
      );
    },
    streamOpened: (transport) => metrics.streams.inc({ transport }),
    streamClosed: (transport) => metrics.streams.dec({ transport }),
    gradientsClipped(groups, clipped) {
      if (clipped > 0) gradientsClipped.inc(clipped);
      if (groups > clipped) gradientsKept.inc(groups - clipped);
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

const causeText = (cause: unknown): string =>
  cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
