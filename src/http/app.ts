import type { IncomingMessage } from 'node:http';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Observer } from '../app/observer.js';
import { requestId } from '../app/request.js';
import { Failure } from '../core/failure.js';
import { takeMemory } from '../wire/kept-memory.js';
import { readBody } from './body.js';
import { mountDocs } from './docs.js';
import { fromFramework } from './errors.js';
import { OCTET_STREAM, PROTOBUF } from './negotiate.js';
import { type HttpDeps, mountOperations, sendProblem } from './operations.js';

export interface HttpOptions {
  /** Limit of a binary body, bytes. */
  readonly maxMessageBytes: number;
  /** Limit of a JSON body: its parsing holds up the event loop, about 10 ms a megabyte. */
  readonly maxJsonBytes: number;
}

export interface Probes {
  ready(): boolean;
  /** Prometheus text and its content type. */
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

export function buildHttp(deps: HttpDeps, options: HttpOptions, probes: Probes): FastifyInstance {
  const app = Fastify({
    logger: false,
    // The body reader below has limits of its own, before and after decompression.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    // node's own default, which fastify switches off: the whole request must have arrived by then.
    requestTimeout: 300_000,
    forceCloseConnections: 'idle',
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request: FastifyRequest, payload: IncomingMessage, done) =>
    readBody(payload, request.headers, options.maxJsonBytes, done),
  );
  app.addContentTypeParser(PROTOBUF, (request: FastifyRequest, payload: IncomingMessage, done) =>
    readBody(payload, request.headers, options.maxMessageBytes, done),
  );
  app.addContentTypeParser(OCTET_STREAM, (request: FastifyRequest, payload: IncomingMessage, done) =>
    readBody(payload, request.headers, options.maxMessageBytes, done, takeMemory),
  );
  const { observer } = deps.services;
  app.setErrorHandler((error, request, reply) =>
    refuse(
      // fastify closes the connection of a body it could not read; a reset while the rest still arrives takes the
      // reply with it. The body reader lets the rest run out instead.
      reply.removeHeader('connection'),
      error instanceof Failure ? error : withHint(fromFramework(error), request),
      observer,
    ),
  );
  mountOperations(app, deps);
  mountProbes(app, probes);
  mountDocs(app, deps.operations);
  refuseUnknown(app, observer);
  return app;
}

function withHint(failure: Failure, request: FastifyRequest): Failure {
  if (failure.reason !== 'UNSUPPORTED_MEDIA_TYPE') return failure;
  const got = request.headers['content-type'] ?? 'none';
  const message = `must be application/json, ${PROTOBUF} or ${OCTET_STREAM}, got ${got}`;
  return new Failure('UNSUPPORTED_MEDIA_TYPE', `Content-Type ${message}`, {
    violations: [{ path: 'Content-Type', message }],
  });
}

function mountProbes(app: FastifyInstance, probes: Probes): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const ready = probes.ready();
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ok\n' : 'shutting down\n');
  });
  app.get('/metrics', async (_request, reply) => {
    const { type, text } = await probes.metrics();
    return reply.header('content-type', type).send(text);
  });
}

/** 405 for a known path under another method, else 404. */
function refuseUnknown(app: FastifyInstance, observer: Observer): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string;
    const allowed = (['GET', 'POST'] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (allowed.length === 0)
      return refuse(reply, new Failure('NOT_FOUND', `there is no ${path}; see /docs`), observer);
    reply.header('allow', allowed.join(', '));
    const message = `${path} takes ${allowed.join(', ')}, got ${request.method}`;
    return refuse(reply, new Failure('METHOD_NOT_ALLOWED', message), observer);
  });
}

/** Answers, counts and logs what no operation has seen. */
function refuse(reply: FastifyReply, failure: Failure, observer: Observer): FastifyReply {
  const { headers, routeOptions } = reply.request;
  const id = requestId(headers['x-request-id']);
  const { operation = 'none' } = routeOptions.config as { operation?: string };
  observer.requestFinished({
    requestId: id,
    operation,
    transport: 'http',
    reason: failure.reason,
    ms: reply.elapsedTime,
    timing: { queueMs: 0, computeMs: 0 },
    cause: failure.cause,
  });
  return sendProblem(reply, failure, id);
}
