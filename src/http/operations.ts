import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Operation, parseInput, type Services, type Streaming, type Unary } from '../app/operation.js';
import { Request, requestId, timeoutMs } from '../app/request.js';
import { whenDone } from '../app/when-done.js';
import { Failure } from '../core/failure.js';
import type { ReportReply } from '../core/kernels/clip.js';
import { toJson } from '../wire/json.js';
import { giveBackMemory } from '../wire/kept-memory.js';
import type { Codec } from '../wire/protocol.js';
import { fromFramework, httpTable, problem } from './errors.js';
import { writeTogether } from './in-a-row.js';
import { contentType, type Format, negotiate, OCTET_STREAM, PROTOBUF } from './negotiate.js';
import { clipRequestFromQuery, reportHeaders } from './octet-stream.js';
import { firstEvents, writeEvents } from './stream.js';

export interface HttpDeps {
  readonly operations: readonly Operation[];
  readonly services: Services;
  readonly codecs: ReadonlyMap<string, Codec>;
}

/** Mounts every operation on its route; this file knows HTTP and nothing about clipping. */
export function mountOperations(app: FastifyInstance, { operations, services, codecs }: HttpDeps): void {
  for (const operation of operations)
    app.route({
      method: operation.route.method,
      url: operation.route.path,
      // For what is refused before its handler is called.
      config: { operation: operation.name },
      handler: (request, reply) =>
        serve(operation, codecs.get(operation.rpc) as Codec, services, request, reply),
    });
}

/** Small requests are answered before this returns: promises on their way are a thirtieth of their time. */
function serve(
  operation: Operation,
  codec: Codec,
  services: Services,
  http: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> | undefined {
  const { headers } = http;
  const id = requestId(headers['x-request-id']);
  const request = new Request(services, {
    id,
    operation: operation.name,
    transport: 'http',
    watch: watchOf(reply),
  });
  const refuse = (error: unknown): FastifyReply => {
    const failure = fromFramework(error);
    request.finish(failure);
    return sendProblem(reply, failure, id);
  };
  try {
    const timeout = timeoutMs(headers['gradclip-timeout'] as string | undefined);
    if (timeout !== null) request.deadline = Date.now() + timeout;
    const answered = answer(operation, codec, request, http, reply);
    if (answered instanceof Promise)
      return answered.then((failure) => {
        request.finish(failure);
        return reply;
      }, refuse);
    request.finish(answered);
  } catch (error) {
    refuse(error);
  }
  return undefined;
}

/** Sends the reply; a failure that could only be said inside a stream is returned. */
function answer(
  operation: Operation,
  codec: Codec,
  request: Request,
  http: FastifyRequest,
  reply: FastifyReply,
): Failure | null | Promise<Failure | null> {
  const type = mediaType(http);
  if (type === OCTET_STREAM) return answerBytes(operation, request, http, reply);
  const format = negotiate(operation, http.headers.accept, type === PROTOBUF);
  const input = parseInput(operation, decode(type, codec, http.body as Buffer | undefined));
  if (operation.kind === 'unary')
    return whenDone(operation.handle(input, request), (output) => {
      send(reply, request.id, format, codec, output);
      return null;
    });
  return format === 'sse' || format === 'ndjson'
    ? answerStream(operation, format, input, request, reply)
    : answerOnce(operation, format, codec, input, request, reply);
}

async function answerOnce(
  operation: Streaming,
  format: Format,
  codec: Codec,
  input: unknown,
  request: Request,
  reply: FastifyReply,
): Promise<null> {
  const events = operation.handle(input, request);
  if (format === 'json') {
    send(reply, request.id, format, codec, await operation.collect(events, input));
    return null;
  }
  let last: unknown;
  for await (const event of events) last = event;
  send(reply, request.id, format, codec, last);
  return null;
}

async function answerStream(
  operation: Streaming,
  format: 'sse' | 'ndjson',
  input: unknown,
  request: Request,
  reply: FastifyReply,
): Promise<Failure | null> {
  const events = operation.handle(input, request) as AsyncGenerator<object, void, void>;
  const { observer } = request;
  const begun = await firstEvents(events);
  reply.hijack();
  observer.streamOpened('http');
  try {
    return await writeEvents(reply.raw, format, begun, events, request.id);
  } finally {
    observer.streamClosed('http');
  }
}

/** One gradient in, the clipped gradient out, both as bare bytes. */
async function answerBytes(
  operation: Operation,
  request: Request,
  http: FastifyRequest,
  reply: FastifyReply,
): Promise<null> {
  if (operation.rpc !== 'Clip')
    throw new Failure(
      'UNSUPPORTED_MEDIA_TYPE',
      `${OCTET_STREAM} is for /v1/clip; send application/json here`,
    );
  const raw = clipRequestFromQuery(
    http.query as Record<string, unknown>,
    (http.body as Buffer | undefined) ?? Buffer.alloc(0),
  );
  const input = parseInput(operation, raw);
  const { gradients, reports } = (await (operation as Unary).handle(input, request)) as {
    gradients: { raw: Uint8Array }[];
    reports: ReportReply[];
  };
  const clipped = (gradients[0] as { raw: Uint8Array }).raw;
  const { buffer, byteOffset, byteLength } = clipped;
  reply.raw.once('finish', () => giveBackMemory(clipped));
  reply
    .headers({ ...reportHeaders(reports[0] as ReportReply), 'x-request-id': request.id })
    .type(OCTET_STREAM)
    .send(Buffer.from(buffer, byteOffset, byteLength));
  return null;
}

function mediaType({ headers }: FastifyRequest): string {
  const type = headers['content-type'];
  if (type === undefined || type === 'application/json') return 'application/json';
  const end = type.indexOf(';');
  return (end === -1 ? type : type.slice(0, end)).trim().toLowerCase();
}

function decode(type: string, codec: Codec, body: Buffer | undefined): unknown {
  if (type === PROTOBUF) {
    const message = codec.decode(body ?? Buffer.alloc(0));
    if (message instanceof Failure) throw message;
    return message;
  }
  if (body === undefined || body.length === 0) return {};
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const message = `is not JSON: ${(error as Error).message}`;
    throw new Failure('INVALID_FIELD', `the body ${message}`, { violations: [{ path: '', message }] });
  }
}

/** Not `request.signal` of fastify: that one aborts about a millisecond into a healthy POST. */
const watchOf =
  ({ raw }: FastifyReply) =>
  (abort: () => void): void => {
    if (raw.destroyed) abort();
    else
      raw.once('close', () => {
        if (!raw.writableFinished) abort();
      });
  };

/** Up to these characters a reply waits for those of the same row. */
const SMALL = 4096;

/** Straight to node's response: there are no hooks to meet on fastify's way there, which is 5% of a small request. */
function send(reply: FastifyReply, id: string, format: Format, codec: Codec, output: unknown): void {
  const body = format === 'protobuf' ? codec.encode(output as object) : toJson(output);
  const { raw } = reply.hijack();
  if (body.length > SMALL) write(raw, id, format, body);
  else writeTogether(() => write(raw, id, format, body));
}

function write(raw: ServerResponse, id: string, format: Format, body: string | Buffer): void {
  const length = Buffer.byteLength(body);
  raw.writeHead(200, [
    'x-request-id',
    id,
    'content-type',
    contentType(format),
    'content-length',
    String(length),
  ]);
  // Written and let go before its end: that would write a second, empty piece, which makes a gathering write of it
  // and takes 5% of a small request.
  const { socket } = raw;
  socket?.cork();
  raw.write(body, length === body.length ? 'latin1' : 'utf8');
  socket?.uncork();
  raw.end();
}

export function sendProblem(reply: FastifyReply, failure: Failure, id: string): FastifyReply {
  if (failure.retryAfterSeconds !== undefined) reply.header('retry-after', failure.retryAfterSeconds);
  return reply
    .code(httpTable[failure.reason].status)
    .header('x-request-id', id)
    .type('application/problem+json; charset=utf-8')
    .send(toJson(problem(failure, id)));
}
