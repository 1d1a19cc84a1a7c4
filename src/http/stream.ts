import type { ServerResponse } from 'node:http';
import { Failure } from '../core/failure.js';
import { toJson } from '../wire/json.js';
import { problem } from './errors.js';
import { contentType } from './negotiate.js';

export type StreamFormat = 'sse' | 'ndjson';

/** One event as text: its only key is its name. */
const frame: Readonly<Record<StreamFormat, (event: object) => string>> = {
  ndjson: (event) => `${toJson(event)}\n`,
  sse: (event) => {
    const [name = 'message'] = Object.keys(event);
    return `event: ${name}\ndata: ${toJson((event as Record<string, unknown>)[name])}\n\n`;
  },
};

/** Resolves when the client reads again; listeners are added once for the whole stream. */
function newWriter(raw: ServerResponse): (text: string) => Promise<void> | undefined {
  let wake: (() => void) | null = null;
  const go = (): void => {
    wake?.();
    wake = null;
  };
  raw.on('drain', go);
  raw.on('close', go);
  return (text) => {
    if (raw.write(text) || raw.destroyed) return undefined;
    return new Promise((resolve) => {
      wake = resolve;
    });
  };
}

/** A failure that comes before the second event still decides the status: a full queue is a 503, not a broken stream. */
export async function firstEvents(events: AsyncGenerator<object, void, void>): Promise<{
  readonly first: IteratorResult<object, void>;
  readonly second: Promise<IteratorResult<object, void>>;
}> {
  const first = await events.next();
  const second = events.next();
  let early: unknown = null;
  second.catch((error: unknown) => {
    early = error;
  });
  await new Promise(setImmediate);
  if (early !== null) throw early;
  return { first, second };
}

/**
 * Writes all events, slowed to the client. After the first byte a failure can only be said in-band, as a last
 * `error` event. Returns that failure, or null.
 */
export async function writeEvents(
  raw: ServerResponse,
  format: StreamFormat,
  { first, second }: Awaited<ReturnType<typeof firstEvents>>,
  events: AsyncGenerator<object, void, void>,
  requestId: string,
): Promise<Failure | null> {
  raw.writeHead(200, {
    'content-type': contentType(format),
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-request-id': requestId,
  });
  raw.flushHeaders();
  const write = newWriter(raw);
  let failure: Failure | null = null;
  try {
    let next = first;
    let following: Promise<IteratorResult<object, void>> | null = second;
    while (!next.done && !raw.destroyed) {
      const blocked = write(frame[format](next.value));
      if (blocked !== undefined) await blocked;
      next = await (following ?? events.next());
      following = null;
    }
  } catch (error) {
    failure = Failure.from(error);
    if (!raw.destroyed) raw.write(frame[format]({ error: problem(failure, requestId) }));
  } finally {
    await events.return();
    raw.end();
  }
  return failure;
}
