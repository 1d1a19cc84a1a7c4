import type { Http2Server } from 'node:http2';
import {
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { Failure } from '../core/failure.js';
import { SERVICE } from '../wire/protocol.js';
import { definition, type GrpcDeps, implementation } from './operations.js';
import { toStatus } from './status.js';

export interface GrpcOptions {
  readonly maxMessageBytes: number;
  /** The protocol with the field names of the proto files. */
  readonly reflected: PackageDefinition;
}

export interface GrpcServer {
  listen(address: string): Promise<number>;
  setServing(serving: boolean): void;
  /** Waits for open calls up to `graceMs`, then ends them. */
  close(graceMs: number): Promise<void>;
}

/** Bytes of a request that may be on their way at once, instead of HTTP/2's 64 KiB: large tensors arrive a third sooner. */
const WINDOW = 1024 * 1024;

/** grpc-js has an option for this in its channels only; its server makes every HTTP/2 server in a method of this name. */
function widenWindow(server: Server): void {
  const inner = server as unknown as { createHttp2Server(credentials: ServerCredentials): Http2Server };
  const create = inner.createHttp2Server;
  inner.createHttp2Server = (credentials) =>
    create.call(server, credentials).on('session', (session) => {
      session.setLocalWindowSize(WINDOW);
      session.settings({ initialWindowSize: WINDOW });
    });
}

export function newGrpcServer(deps: GrpcDeps, options: GrpcOptions): GrpcServer {
  const server = new Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.max_send_message_length': -1,
    interceptors: [explainSize(options.maxMessageBytes)],
  });
  widenWindow(server);
  server.addService(definition(deps), implementation(deps));
  const health = new HealthImplementation({ '': 'SERVING', [SERVICE]: 'SERVING' });
  health.addToServer(server);
  new ReflectionService(options.reflected).addToServer(server);

  return {
    listen: (address) =>
      new Promise((resolve, reject) =>
        server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) =>
          error ? reject(error) : resolve(port),
        ),
      ),
    setServing(serving) {
      const state = serving ? 'SERVING' : 'NOT_SERVING';
      health.setStatus('', state);
      health.setStatus(SERVICE, state);
    },
    close: (graceMs) =>
      new Promise((resolve) => {
        // tryShutdown waits for ever while a stream is open, so it gets a limit.
        const timer = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, graceMs);
        server.tryShutdown(() => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
}

/**
 * grpc-js refuses a message over the limit by itself, without details; this adds those of every other refusal. It
 * refuses below its interceptors, so the call is what has to be changed, not what they see.
 */
const explainSize =
  (limit: number): ServerInterceptor =>
  (_method, call) => {
    const sendStatus = call.sendStatus.bind(call);
    call.sendStatus = (sent) => {
      const explained = sent.metadata?.get('grpc-status-details-bin').length;
      sendStatus(
        sent.code !== status.RESOURCE_EXHAUSTED || explained
          ? sent
          : { ...sent, ...toStatus(tooLarge(limit, sent.details), '') },
      );
    };
    return new ServerInterceptingCall(call);
  };

function tooLarge(limit: number, details: string | null | undefined): Failure {
  const actual = /\((\d+) vs/.exec(details ?? '')?.[1] ?? `more than ${limit}`;
  const message = `the message may have ${limit} bytes, got ${actual}`;
  return new Failure('PAYLOAD_TOO_LARGE', message, {
    metadata: { limit: String(limit), actual },
    violations: [{ path: '', message }],
  });
}
