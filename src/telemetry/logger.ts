import { destination, type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** JSON lines on standard output, written in blocks: one line costs microseconds. `flush` writes what is left. */
export function newLogger(level: LogLevel): { logger: Logger; flush(): void } {
  const out = destination({ fd: 1, sync: false, minLength: 4096, periodicFlush: 200 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, out);
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
