import { type IncomingHttpHeaders, request } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Sent {
  readonly method?: 'GET' | 'POST' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream goes out in chunks. */
  readonly body?: Uint8Array | string | Readable;
}

/** One request with node's own client, which adds no headers that the test does not see. */
export function send(url: string, { method = 'POST', headers = {}, body }: Sent = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const call = request(url, { method, headers });
    call.once('error', reject);
    call.once('response', (response) => {
      const { statusCode = 0, headers } = response;
      response
        .toArray()
        .then(
          (chunks) => resolve({ status: statusCode, headers, body: Buffer.concat(chunks as Buffer[]) }),
          reject,
        );
    });
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) call.end(body);
    else pipeline(body, call).catch(reject);
  });
}
