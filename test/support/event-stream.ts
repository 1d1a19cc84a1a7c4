import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { jsonText, parseJson } from './json.js';
import type { RunEvent } from './replies.js';
import type { Path } from './transports.js';

export type StreamFormat = 'sse' | 'ndjson';
export const STREAM_TYPES: Readonly<Record<StreamFormat, string>> = {
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
};

/** An event of a run, or the failure that ended it. */
export interface StreamEvent extends RunEvent {
  readonly error?: { readonly reason: string; readonly status: number; readonly requestId: string };
}

/** A reply whose body is read only as fast as `events` or `text` is. */
export interface EventStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  events(): AsyncGenerator<StreamEvent, void, void>;
  text(): Promise<string>;
  /** Cuts the connection. */
  destroy(): void;
}

const agent = new Agent({ keepAlive: false });

/** Asks for a whole run, or what `path` is, as a stream; resolves with its headers. */
export function openStream(
  { http }: { readonly http: string },
  body: object,
  format: StreamFormat = 'ndjson',
  headers: Readonly<Record<string, string>> = {},
  path: Path = '/v1/full-run',
): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const call = request(http + path, {
      method: 'POST',
      agent,
      headers: { 'content-type': 'application/json', accept: STREAM_TYPES[format], ...headers },
    });
    call.once('error', reject);
    call.once('response', (response) => {
      // Cutting the connection is no failure of the test.
      response.on('error', () => {});
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events: () => parsed(response, format),
        text: async () => (await response.setEncoding('utf8').toArray()).join(''),
        destroy: () => response.destroy(),
      });
    });
    call.end(jsonText(body));
  });
}

async function* parsed(
  response: IncomingMessage,
  format: StreamFormat,
): AsyncGenerator<StreamEvent, void, void> {
  const end = format === 'sse' ? '\n\n' : '\n';
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const parts = (text + (chunk as string)).split(end);
    text = parts.pop() as string;
    for (const part of parts) yield format === 'sse' ? fromFrame(part) : parseJson<StreamEvent>(part);
  }
  if (text !== '') throw new Error(`the stream ended inside an event: ${text.slice(0, 80)}`);
}

function fromFrame(frame: string): StreamEvent {
  const match = /^event: (\w+)\ndata: (.*)$/.exec(frame);
  if (match === null) throw new Error(`not an event: ${frame.slice(0, 80)}`);
  return { [match[1] as string]: parseJson(match[2] as string) };
}

export async function allOf<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export const namesOf = (events: readonly object[]): string[] =>
  events.map((event) => Object.keys(event).join());
