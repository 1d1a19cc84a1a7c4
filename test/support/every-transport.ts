import { Client, credentials } from '@grpc/grpc-js';
import type { Operation } from '../../src/app/operation.js';
import { type Rpc, rpcNamed } from './descriptors.js';
import { SERVICE, serviceDefinition } from './grpc-client.js';
import { jsonText } from './json.js';
import { fromMessage, toMessage } from './proto-json.js';
import { fromProblem } from './refusal.js';
import type { TestService } from './service.js';

/** What came back, as ProtoJSON: one reply, or all events of a stream. */
export type Replies = readonly unknown[];
type Service = Pick<TestService, 'http' | 'address'>;

async function fetchOk(
  { http }: Service,
  { route }: Operation,
  headers: Record<string, string>,
  body: string,
) {
  const response = await fetch(http + route.path, {
    method: route.method,
    headers,
    ...(route.method === 'POST' && { body }),
  });
  const text = await response.text();
  if (!response.ok) throw fromProblem(response.status, text);
  return text;
}

/** One JSON reply. */
export const overJson = async (service: Service, operation: Operation, request: object): Promise<Replies> => [
  JSON.parse(
    await fetchOk(service, operation, { 'content-type': 'application/json' }, jsonText(request)),
  ) as unknown,
];

const HEADERS = { 'content-type': 'application/json' };

/** The events of a stream, one a line. */
export async function overNdjson(service: Service, operation: Operation, request: object): Promise<Replies> {
  const headers = { ...HEADERS, accept: 'application/x-ndjson' };
  const text = await fetchOk(service, operation, headers, jsonText(request));
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

/** The events of a stream as a browser gets them. */
export async function overSse(service: Service, operation: Operation, request: object): Promise<Replies> {
  const headers = { ...HEADERS, accept: 'text/event-stream' };
  const text = await fetchOk(service, operation, headers, jsonText(request));
  return text
    .trimEnd()
    .split('\n\n')
    .map((frame) => {
      const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? [];
      return { [name]: JSON.parse(data) as unknown };
    });
}

/** One reply or all events; the request is the message that the JSON stands for. */
export async function overGrpc(service: Service, { rpc }: Operation, request: object): Promise<Replies> {
  const client = new Client(service.address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  });
  const { requestSerialize, responseDeserialize } = serviceDefinition[
    rpc
  ] as (typeof serviceDefinition)[string];
  const { request: sent, response, serverStreaming } = rpcNamed(rpc) as Rpc;
  const message = toMessage(sent, request) as object;
  const call = [`/${SERVICE}/${rpc}`, requestSerialize, responseDeserialize, message] as const;
  try {
    const replies: unknown[] = [];
    if (serverStreaming)
      for await (const event of client.makeServerStreamRequest(...call)) replies.push(event);
    else
      replies.push(
        await new Promise<unknown>((resolve, reject) => {
          client.makeUnaryRequest(...call, (error, reply) => (error ? reject(error) : resolve(reply)));
        }),
      );
    return replies.map((reply) => fromMessage(response, reply));
  } finally {
    client.close();
  }
}
