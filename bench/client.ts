import { Client, type ClientReadableStream, credentials } from '@grpc/grpc-js';
import autocannon from 'autocannon';
import { operations } from '../src/app/operations/index.js';
import { type Codec, loadProtocol, newCodecs } from '../src/wire/protocol.js';

const codecs = newCodecs(operations, loadProtocol());
export const methodOf = (rpc: string): Codec['method'] => (codecs.get(rpc) as Codec).method;

export interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** HTTP requests over 16 kept connections for `seconds`; every reply must be a 200. */
export async function httpLoad(url: string, type: string, body: Buffer, seconds: number): Promise<Load> {
  const result = await autocannon({
    url,
    method: 'POST',
    headers: { 'content-type': type },
    body,
    connections: 16,
    duration: seconds,
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  const { requests, duration, latency } = result;
  return { perSecond: requests.total / duration, p50: latency.p50, p99: latency.p99 };
}

const SIZE = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const bytes = (message: Buffer): Buffer => message;

/** A client that sends and takes bytes as they are. */
export function bytesClient(address: string) {
  const client = new Client(address, credentials.createInsecure(), SIZE);
  return {
    unary: (rpc: string, message: Buffer): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(methodOf(rpc).path, bytes, bytes, message, (error, reply) =>
          error ? reject(error) : resolve(reply as Buffer),
        );
      }),
    stream(rpc: string, request: object): ClientReadableStream<Record<string, unknown>> {
      const { path, requestSerialize, responseDeserialize } = methodOf(rpc);
      return client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize as (bytes: Buffer) => Record<string, unknown>,
        request,
      );
    },
    close: () => client.close(),
  };
}

/** gRPC requests, 16 at a time, for `seconds`. */
export async function grpcLoad(address: string, message: Buffer, seconds: number): Promise<Load> {
  const client = bytesClient(address);
  const latencies: number[] = [];
  const end = performance.now() + seconds * 1000;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now();
      await client.unary('Clip', message);
      latencies.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: 16 }, lane));
  client.close();
  latencies.sort((a, b) => a - b);
  const at = (q: number): number => latencies[Math.floor(q * latencies.length)] as number;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}
