import { destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  readonly logger: Logger;
  /** Writes lines that are made already. */
  write(lines: string): void;
  flush(): void;
}

/** Characters that wait for a reader of standard output; lines beyond it are lost. */
const MOST_WAITING = 8 * 1024 * 1024;
const LONGEST_FLUSH_MS = 500;

/**
 * JSON lines on standard output, written in blocks: one line costs microseconds. `flush` writes what is left, but does
 * not wait for a reader that has stopped reading.
 */
export function newLogger(level: LogLevel): Log {
  let giveUpAt = Infinity;
  const out = destination({
    fd: 1,
    sync: false,
    minLength: 4096,
    periodicFlush: 200,
    maxLength: MOST_WAITING,
    retryEAGAIN: () => Date.now() < giveUpAt,
  } as Parameters<typeof destination>[0]);
  const logger = pino({ level, base: null, timestamp: stdTimeFunctions.isoTime }, out);
  return {
    logger,
    write: (lines) => out.write(lines),
    flush() {
      giveUpAt = Date.now() + LONGEST_FLUSH_MS;
      try {
        out.flushSync();
      } catch {
        // Standard output is gone or stalled: nobody is left to tell.
      }
    },
  };
}
