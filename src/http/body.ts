import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../core/failure.js';
import { inARow } from './in-a-row.js';

const tooLarge = (limit: number, actual: string): Failure =>
  new Failure('PAYLOAD_TOO_LARGE', `the body may have ${limit} bytes, got ${actual}`, {
    metadata: { limit: String(limit), actual },
    violations: [{ path: '', message: `the body may have ${limit} bytes, got ${actual}` }],
  });

/**
 * The whole body, unpacked. The limit holds for what arrives and for what comes out of gzip; beyond it nothing
 * more is kept. A body of known length is copied chunk by chunk into one allocated buffer as it arrives, so that the
 * event loop never copies a large one at once.
 */
export function readBody(
  request: IncomingMessage | Readable,
  headers: IncomingHttpHeaders,
  limit: number,
  allocate: (bytes: number) => Buffer = (bytes) => Buffer.from(new ArrayBuffer(bytes)),
): Promise<Buffer> {
  const encoding = headers['content-encoding'] ?? 'identity';
  const length = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (encoding !== 'identity' && encoding !== 'gzip') {
    request.resume();
    return Promise.reject(
      new Failure(
        'UNSUPPORTED_MEDIA_TYPE',
        `content-encoding ${encoding} is not supported; use gzip or none`,
      ),
    );
  }
  if (length !== undefined && length > limit) {
    request.resume();
    return Promise.reject(tooLarge(limit, String(length)));
  }
  if (encoding === 'identity') return collect(request, limit, length, allocate);
  const unpacked = createGunzip();
  request.on('error', (error) => unpacked.destroy(error));
  return collect(request.pipe(unpacked), limit, undefined, allocate).catch((error: unknown) => {
    request.unpipe(unpacked);
    unpacked.destroy();
    request.resume();
    throw error instanceof Failure
      ? error
      : new Failure('INVALID_FIELD', `the body is not gzip: ${(error as Error).message}`, {
          violations: [{ path: '', message: 'is not gzip' }],
        });
  });
}

/** Above this a buffer is allocated for the whole body at once. */
const ONE_CHUNK = 64 * 1024;

function collect(
  stream: Readable,
  limit: number,
  length: number | undefined,
  allocate: (bytes: number) => Buffer,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const whole = length !== undefined && length > ONE_CHUNK ? allocate(length) : null;
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer): void => {
      if (size + chunk.length > limit) {
        stream.off('data', onData);
        stream.resume();
        reject(tooLarge(limit, `more than ${limit}`));
        return;
      }
      if (whole === null) chunks.push(chunk);
      else chunk.copy(whole, size);
      size += chunk.length;
    };
    stream.on('data', onData);
    stream.once('error', reject);
    let ended = false;
    stream.once('close', () => {
      if (!ended) reject(new Failure('CANCELLED', 'the caller went away'));
    });
    stream.once('end', () => {
      ended = true;
      inARow(() => {
        if (whole !== null) resolve(size === whole.length ? whole : whole.subarray(0, size));
        else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size));
      });
    });
  });
}
