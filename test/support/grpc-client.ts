import {
  type CallOptions,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { fromServiceError } from './refusal.js';
import type { RunEvent } from './replies.js';
import { inRepository } from './root.js';

/** The proto files as an outside client loads them, with options of its own. */
export const protocol = loadSync('gradclip/v1/optimizer_service.proto', {
  includeDirs: [inRepository('proto')],
  keepCase: false,
  longs: Number,
  defaults: false,
  arrays: true,
});
export const SERVICE = 'gradclip.v1.OptimizerService';
export const serviceDefinition = protocol[SERVICE] as ServiceDefinition;

export type UnaryRpc =
  | 'Clip'
  | 'GradientStep'
  | 'Evaluate'
  | 'GetCatalog'
  | 'Norm'
  | 'CombineNorms'
  | 'AnalyzeGradientFlow'
  | 'AnalyzeSmoothness'
  | 'RecommendStepSize';
export type StreamRpc = 'FullRun' | 'Compare';
export type Message = Readonly<Record<string, unknown>>;

/** Every method rejects with a Refusal. */
export interface GrpcClient {
  unary<T>(rpc: UnaryRpc, request: object, metadata?: Metadata, options?: CallOptions): Promise<T>;
  /** All events of a run, or of a comparison. */
  events<T>(request: object, rpc?: StreamRpc): Promise<T[]>;
  /** A run whose events come as fast as they are read. */
  stream(
    request: object,
    options?: CallOptions,
    metadata?: Metadata,
    rpc?: StreamRpc,
  ): ClientReadableStream<RunEvent>;
  /** Sends bytes that need not be a message; resolves with the bytes of the reply. */
  bytes(rpc: UnaryRpc | StreamRpc, request: Uint8Array): Promise<Buffer[]>;
  close(): void;
}

const UNLIMITED = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const sameBytes = (bytes: Buffer): Buffer => bytes;

export function newGrpcClient(address: string, channel: ChannelOptions = {}): GrpcClient {
  const { gradclip } = loadPackageDefinition(protocol) as unknown as {
    gradclip: { v1: { OptimizerService: ServiceClientConstructor } };
  };
  const client = new gradclip.v1.OptimizerService(address, credentials.createInsecure(), {
    ...UNLIMITED,
    ...channel,
  });
  const plain = new Client(address, credentials.createInsecure(), UNLIMITED);
  const methods = client as unknown as Record<string, (...args: unknown[]) => ClientReadableStream<unknown>>;

  return {
    unary: <T>(rpc: UnaryRpc, request: object, metadata = new Metadata(), options: CallOptions = {}) =>
      new Promise<T>((resolve, reject) => {
        const done = (error: ServiceError | null, reply: T): void =>
          error ? reject(fromServiceError(error)) : resolve(reply);
        methods[rpc]?.(request, metadata, options, done);
      }),
    events: <T>(request: object, rpc: StreamRpc = 'FullRun') =>
      collect<T>(methods[rpc]?.(request) as ClientReadableStream<unknown>),
    stream: (request, options = {}, metadata = new Metadata(), rpc = 'FullRun') =>
      methods[rpc]?.(request, metadata, options) as ClientReadableStream<RunEvent>,
    bytes(rpc, request) {
      const path = `/${SERVICE}/${rpc}`;
      const body = Buffer.from(request);
      if (rpc === 'FullRun' || rpc === 'Compare')
        return collect(plain.makeServerStreamRequest(path, sameBytes, sameBytes, body));
      return new Promise((resolve, reject) => {
        plain.makeUnaryRequest(path, sameBytes, sameBytes, body, (error, reply) =>
          error ? reject(fromServiceError(error)) : resolve([reply as Buffer]),
        );
      });
    },
    close() {
      client.close();
      plain.close();
    },
  };
}

async function collect<T>(call: ClientReadableStream<unknown>): Promise<T[]> {
  const replies: T[] = [];
  try {
    for await (const reply of call) replies.push(reply as T);
  } catch (error) {
    throw fromServiceError(error as ServiceError);
  }
  return replies;
}

/** What a generated client would put on the wire for this request, or read from this reply. */
export const requestBytes = (rpc: UnaryRpc | StreamRpc, request: object): Buffer =>
  serviceDefinition[rpc]?.requestSerialize(request) as Buffer;
export const replyOf = <T>(rpc: UnaryRpc | StreamRpc, bytes: Buffer): T =>
  serviceDefinition[rpc]?.responseDeserialize(bytes) as T;
export const messageType = (name: string): MessageTypeDefinition<object, object> =>
  protocol[`gradclip.v1.${name}`] as MessageTypeDefinition<object, object>;
