import { destination, type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

let last = 0;
let text = '';

/** ISO 8601, made once per millisecond. */
function isoTime(): string {
  const now = Date.now();
  if (now !== last) text = `,"time":"${new Date(now).toISOString()}"`;
  last = now;
  return text;
}

/** JSON lines on standard output, written in blocks: one line costs microseconds. `flush` writes what is left. */
export function newLogger(level: LogLevel): { logger: Logger; flush(): void } {
  const out = destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 200 });
  const logger = pino({ level, base: null, timestamp: isoTime }, out);
  return {
    logger,
    flush() {
      try {
        out.flushSync();
      } catch {
        // Standard output is gone: nobody is left to tell.
      }
    },
  };
}
