import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../core/failure.js';
import { place } from '../wire/kept-memory.js';
import { inARow } from './in-a-row.js';

const tooLarge = (limit: number, actual: string): Failure =>
  new Failure('PAYLOAD_TOO_LARGE', `the body may have ${limit} bytes, got ${actual}`, {
    metadata: { limit: String(limit), actual },
    violations: [{ path: '', message: `the body may have ${limit} bytes, got ${actual}` }],
  });

/** Told once: the body, or why there is none. */
export type Done = (failure: Failure | null, body?: Buffer) => void;
type Allocate = (bytes: number) => Buffer;

const ownMemory: Allocate = (bytes) => Buffer.from(new ArrayBuffer(bytes));

/**
 * The whole body, unpacked. The limit holds for what arrives and for what comes out of gzip; beyond it nothing
 * more is kept. A body of known length is copied chunk by chunk into one allocated buffer as it arrives, so that the
 * event loop never copies a large one at once.
 */
export function readBody(
  request: IncomingMessage,
  headers: IncomingHttpHeaders,
  limit: number,
  done: Done,
  allocate = ownMemory,
): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (encoding !== 'identity' && encoding !== 'gzip') {
    request.resume();
    done(
      new Failure(
        'UNSUPPORTED_MEDIA_TYPE',
        `content-encoding ${encoding} is not supported; use gzip or none`,
      ),
    );
  } else if (length !== undefined && length > limit) {
    request.resume();
    done(tooLarge(limit, String(length)));
  } else if (encoding === 'identity') collect(request, limit, length, allocate, done);
  else unpack(request, limit, done);
}

function unpack(request: IncomingMessage, limit: number, done: Done): void {
  const unpacked = createGunzip();
  let broken: Error | null = null;
  unpacked.on('error', (error) => {
    broken = error;
  });
  request.on('close', () => {
    if (!request.complete) unpacked.destroy();
  });
  collect(request.pipe(unpacked), limit, undefined, ownMemory, (failure, body) => {
    if (failure === null) return done(null, body);
    request.unpipe(unpacked);
    unpacked.destroy();
    request.resume();
    done(broken === null ? failure : notGzip(broken));
  });
}

const notGzip = ({ message }: Error): Failure =>
  new Failure('INVALID_FIELD', `the body is not gzip: ${message}`, {
    violations: [{ path: '', message: 'is not gzip' }],
  });

/** Above this a buffer is allocated for the whole body at once. */
const ONE_CHUNK = 64 * 1024;

function collect(
  stream: Readable,
  limit: number,
  length: number | undefined,
  allocate: Allocate,
  done: Done,
): void {
  const whole = length !== undefined && length > ONE_CHUNK ? allocate(length) : null;
  const chunks: Buffer[] = [];
  let size = 0;
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    return true;
  };
  const onData = (chunk: Buffer): void => {
    if (size + chunk.length > limit) {
      stream.off('data', onData);
      stream.resume();
      if (settle()) done(tooLarge(limit, `more than ${limit}`));
      return;
    }
    if (whole === null) chunks.push(chunk);
    else place(chunk, whole, size);
    size += chunk.length;
  };
  stream.on('data', onData);
  stream.on('close', () => {
    if (settle()) done(new Failure('CANCELLED', 'the caller went away'));
  });
  stream.on('end', () => {
    if (!settle()) return;
    // A large one takes long to parse: none of a row waits for it.
    if (whole !== null) done(null, size === whole.length ? whole : whole.subarray(0, size));
    else inARow(() => done(null, chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)));
  });
}
