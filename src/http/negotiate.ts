import Negotiator from 'negotiator';
import type { Operation } from '../app/operation.js';
import { Failure } from '../core/failure.js';

export const PROTOBUF = 'application/protobuf';
export const OCTET_STREAM = 'application/octet-stream';

export type Format = 'json' | 'protobuf' | 'sse' | 'ndjson';

const TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json',
  protobuf: PROTOBUF,
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
};
export const contentType = (format: Format): string =>
  format === 'protobuf' ? TYPES.protobuf : `${TYPES[format]}; charset=utf-8`;

/** What the client wants back; without an Accept header, what it sent. */
export function negotiate(operation: Operation, accept: string | undefined, sentProtobuf: boolean): Format {
  if (accept === undefined || accept === '*/*') return sentProtobuf ? 'protobuf' : 'json';
  if (accept === TYPES.json) return 'json';
  const offered: Format[] =
    operation.kind === 'stream' ? ['json', 'sse', 'ndjson', 'protobuf'] : ['json', 'protobuf'];
  const best = new Negotiator({ headers: { accept } }).mediaType(offered.map((format) => TYPES[format]));
  const format = offered.find((candidate) => TYPES[candidate] === best);
  if (format !== undefined) return format;
  throw new Failure(
    'NOT_ACCEPTABLE',
    `cannot answer with ${accept}; there is ${offered.map((f) => TYPES[f]).join(', ')}`,
    {
      violations: [
        {
          path: 'Accept',
          message: `must be one of ${offered.map((f) => TYPES[f]).join(', ')}, got ${accept}`,
        },
      ],
    },
  );
}
