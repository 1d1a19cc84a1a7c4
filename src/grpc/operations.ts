import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Operation, parseInput, type Services, type Streaming, type Unary } from '../app/operation.js';
import { Request, requestId } from '../app/request.js';
import { Failure } from '../core/failure.js';
import { giveBackTensors, isLarge, moveTensors } from '../wire/kept-memory.js';
import type { Codec } from '../wire/protocol.js';
import { toStatus } from './status.js';

export interface GrpcDeps {
  readonly operations: readonly Operation[];
  readonly services: Services;
  readonly codecs: ReadonlyMap<string, Codec>;
}

/** The service as grpc-js wants it, with this project's codecs: undecodable bytes reach the handler as a Failure. */
export const definition = ({ operations, codecs }: GrpcDeps): ServiceDefinition =>
  Object.fromEntries(
    operations.map(({ kind, rpc }) => {
      const { method, decode, encode } = codecs.get(rpc) as Codec;
      const plain = { requestDeserialize: decode, responseSerialize: encode };
      return [rpc, { ...method, ...(kind === 'unary' ? inKeptMemory(plain) : plain) }];
    }),
  ) as unknown as ServiceDefinition;

interface Serialization {
  readonly requestDeserialize: Codec['decode'];
  readonly responseSerialize: Codec['encode'];
}

/** Large tensors lie in memory that is kept from the request's bytes to the reply's. */
const inKeptMemory = ({ requestDeserialize, responseSerialize }: Serialization): Serialization => ({
  requestDeserialize(bytes) {
    const message = requestDeserialize(bytes);
    if (isLarge(bytes) && !(message instanceof Failure)) moveTensors(message as object);
    return message;
  },
  responseSerialize(output) {
    const bytes = responseSerialize(output);
    if (isLarge(bytes)) giveBackTensors(output);
    return bytes;
  },
});

/** Serves every operation under its rpc name: the same table that HTTP mounts. */
export const implementation = ({ operations, services }: GrpcDeps): UntypedServiceImplementation =>
  Object.fromEntries(
    operations.map((operation) => [
      operation.rpc,
      operation.kind === 'unary' ? unaryCall(operation, services) : streamCall(operation, services),
    ]),
  ) as UntypedServiceImplementation;

type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** A run must answer before its caller's clock runs out: the reply needs time to travel. */
const MARGIN = 0.05;
const MIN_MARGIN_MS = 20;
const MAX_MARGIN_MS = 250;

function deadlineOf(call: Call): number | null {
  const at = Number(call.getDeadline());
  if (!Number.isFinite(at)) return null;
  const left = at - Date.now();
  return at - Math.min(MAX_MARGIN_MS, Math.max(MIN_MARGIN_MS, MARGIN * left));
}

function begin(operation: Operation, call: Call, services: Services): Request {
  const request = new Request(services, {
    id: requestId(call.metadata.get('x-request-id')[0]),
    operation: operation.name,
    transport: 'grpc',
    watch(abort) {
      if (call.cancelled) abort();
      else call.once('cancelled', abort);
    },
  });
  request.deadline = deadlineOf(call);
  return request;
}

function inputOf(operation: Operation, message: unknown): unknown {
  if (message instanceof Failure) throw message;
  return parseInput(operation, message);
}

const unaryCall =
  (operation: Unary, services: Services): handleUnaryCall<unknown, unknown> =>
  (call, callback) => {
    const request = begin(operation, call, services);
    (async () => operation.handle(inputOf(operation, call.request), request))().then(
      (output) => {
        request.finish(null);
        callback(null, output);
      },
      (error: unknown) => {
        const failure = Failure.from(error);
        request.finish(failure);
        callback(toStatus(failure, request.id));
      },
    );
  };

const streamCall =
  (operation: Streaming, services: Services): handleServerStreamingCall<unknown, unknown> =>
  async (call) => {
    const request = begin(operation, call, services);
    const { observer } = services;
    observer.streamOpened('grpc');
    try {
      const events = operation.handle(inputOf(operation, call.request), request);
      await writeAll(call, events);
      request.finish(null);
      call.end();
    } catch (error) {
      const failure = Failure.from(error);
      request.finish(failure);
      // Not stream.pipeline: it destroys the call, and a destroyed call never sends its status.
      if (!call.cancelled) call.emit('error', toStatus(failure, request.id));
    } finally {
      observer.streamClosed('grpc');
    }
  };

/** Writes all events, slowed to the client; stops when the call is cancelled. Listeners are added once. */
async function writeAll(
  call: ServerWritableStream<unknown, unknown>,
  events: AsyncGenerator<unknown, void, void>,
): Promise<void> {
  let wake: (() => void) | null = null;
  const go = (): void => {
    wake?.();
    wake = null;
  };
  call.on('drain', go);
  call.on('cancelled', go);
  for await (const event of events) {
    if (call.cancelled) return;
    if (call.write(event)) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}
