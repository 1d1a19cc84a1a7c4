import { destination, type Logger, pino } from 'pino';

export type { Logger };

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  readonly logger: Logger;
  /**
   * Hands out what `write` logs in one piece: an output that is given line by line measures the text it has gathered
   * at each, which costs more than making the line. `at` sets the time of the lines that follow, epoch milliseconds.
   */
  inOnePiece(write: (at: (time: number) => void) => void): void;
  flush(): void;
}

/** ISO 8601, made once per millisecond. */
function newClock() {
  let set: number | null = null;
  let last = 0;
  let text = '';
  return {
    at(time: number | null): void {
      set = time;
    },
    text(): string {
      const now = set ?? Date.now();
      if (now !== last) text = `,"time":"${new Date(now).toISOString()}"`;
      last = now;
      return text;
    },
  };
}

/** Characters that wait for a reader of standard output; lines beyond it are lost. */
const MOST_WAITING = 8 * 1024 * 1024;
const LONGEST_FLUSH_MS = 500;

/**
 * JSON lines on standard output, written in blocks: one line costs microseconds. `flush` writes what is left, but does
 * not wait for a reader that has stopped reading.
 */
export function newLogger(level: LogLevel): Log {
  const clock = newClock();
  let giveUpAt = Infinity;
  const out = destination({
    fd: 1,
    sync: false,
    minLength: 4096,
    periodicFlush: 200,
    maxLength: MOST_WAITING,
    retryEAGAIN: () => Date.now() < giveUpAt,
  } as Parameters<typeof destination>[0]);
  let piece: string | null = null;
  const lines = {
    write(line: string): void {
      if (piece === null) out.write(line);
      else piece += line;
    },
  };
  const logger = pino({ level, base: null, timestamp: clock.text }, lines);
  return {
    logger,
    inOnePiece(write) {
      piece = '';
      try {
        write(clock.at);
      } finally {
        clock.at(null);
        if (piece !== '') out.write(piece);
        piece = null;
      }
    },
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
