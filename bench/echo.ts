import { Server, ServerCredentials } from '@grpc/grpc-js';
import Fastify from 'fastify';

const LIMIT = 128 * 1024 * 1024;

/** fastify as it comes: JSON is parsed and written again, bytes are passed on. */
const http = Fastify({ bodyLimit: LIMIT });
http.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
  done(null, body),
);
http.get('/livez', () => 'ok');
http.post('/*', (request) => request.body);
await http.listen({ host: '127.0.0.1', port: Number(process.env['HTTP_PORT']) });

/** grpc-js without a protocol: the bytes of the message come back. */
const bytes = (message: Buffer): Buffer => message;
const grpc = new Server({ 'grpc.max_receive_message_length': LIMIT });
grpc.addService(
  {
    Clip: {
      path: '/gradclip.v1.OptimizerService/Clip',
      requestStream: false,
      responseStream: false,
      requestSerialize: bytes,
      requestDeserialize: bytes,
      responseSerialize: bytes,
      responseDeserialize: bytes,
    },
  },
  {
    Clip: (call: { request: Buffer }, callback: (error: null, reply: Buffer) => void) =>
      callback(null, call.request),
  },
);
grpc.bindAsync(`127.0.0.1:${process.env['GRPC_PORT']}`, ServerCredentials.createInsecure(), () => {});
process.on('SIGTERM', () => process.exit(0));
