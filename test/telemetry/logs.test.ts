import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Metadata } from '@grpc/grpc-js';
import { whileRunning } from '../support/busy.js';
import { allOf, openStream } from '../support/event-stream.js';
import { newGrpcClient } from '../support/grpc-client.js';
import { type LogLine, logsOf, serveProgram } from '../support/program.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { send } from '../support/send.js';
import { until } from '../support/until.js';

/** The digits that no log may show, in whatever encoding they were sent. */
const SECRET = 123456.789;
const BYTES = Buffer.from(new Float64Array([SECRET]).buffer);
const AUTHORIZATION = 'Bearer c2VjcmV0LXRva2Vu';
const FORBIDDEN = [
  '123456',
  BYTES.toString('base64').slice(0, 8),
  BYTES.toString('hex'),
  'Bearer',
  'c2VjcmV0',
];

const clip = { gradients: [{ values: [SECRET] }], clipping: { globalNorm: { threshold: SECRET } } };
const step = {
  parameters: [{ values: [SECRET] }],
  gradients: [{ values: [SECRET] }],
  optimizer: { sgd: { learningRate: SECRET } },
};
const evaluation = { objective: { quadratic: { diagonal: [SECRET] } }, parameters: [{ values: [SECRET] }] };
const run = shortRun({ start: [{ values: [SECRET] }], metrics: { every: 10 } });
const wrong = {
  gradients: [{ values: [SECRET], shape: [7] }],
  clipping: { globalNorm: { threshold: -SECRET } },
};

const headers = (id: string) => ({
  'content-type': 'application/json',
  'x-request-id': id,
  authorization: AUTHORIZATION,
});

/** What a service logs while `body` uses it, its last line included. */
async function logged(
  body: (http: string, address: string, logs: () => LogLine[]) => Promise<void>,
  level = 'trace',
): Promise<{ lines: LogLine[]; output: string }> {
  const service = await serveProgram({ LOG_LEVEL: level });
  await body(service.http, service.address, service.logs);
  const { stdout, stderr } = await service.stop();
  return { lines: logsOf(stdout), output: stdout + stderr };
}

describe('the log', () => {
  test('has one JSON line for each request, with what it was, how it ended and where its time went', async () => {
    const { lines } = await logged(async (http, address) => {
      await send(`${http}/v1/clip`, { headers: headers('log-1'), body: JSON.stringify(clip) });
      await send(`${http}/v1/clip`, { headers: headers('log-2'), body: JSON.stringify(wrong) });
      await allOf((await openStream({ http }, run, 'sse', headers('log-3'))).events());
      const grpc = newGrpcClient(address);
      const metadata = new Metadata();
      metadata.set('x-request-id', 'log-4');
      await grpc.unary('Evaluate', evaluation, metadata);
      grpc.close();
    }, 'info');
    const requests = lines.filter(({ msg }) => msg === 'request');
    assert.deepEqual(
      requests.map(({ requestId, operation, transport, reason }) => [
        requestId,
        operation,
        transport,
        reason,
      ]),
      [
        ['log-1', 'clip', 'http', 'OK'],
        ['log-2', 'clip', 'http', 'INVALID_FIELD'],
        ['log-3', 'full-run', 'http', 'OK'],
        ['log-4', 'evaluate', 'grpc', 'OK'],
      ],
    );
    for (const { ms, queueMs, computeMs, time, level } of requests) {
      assert.ok([ms, queueMs, computeMs].every((value) => typeof value === 'number' && value >= 0));
      assert.ok((ms as number) + 1 >= (queueMs as number) + (computeMs as number));
      assert.ok(Number.isFinite(Date.parse(time as string)));
      assert.equal(level, 30);
    }
    assert.ok((requests[2]?.['computeMs'] as number) > 0);
    // As pino makes the others: level and time first, the message last.
    const [serving] = lines.filter(({ msg }) => msg === 'serving');
    assert.deepEqual(Object.keys(serving ?? {}), ['level', 'time', 'http', 'grpc', 'node', 'msg']);
    const fields = ['operation', 'transport', 'reason', 'requestId', 'ms', 'queueMs', 'computeMs'];
    for (const line of requests) {
      assert.deepEqual(Object.keys(line), ['level', 'time', ...fields, 'msg']);
      assert.equal(line['time'], new Date(line['time'] as string).toISOString());
    }
  });

  test('calls a client that vanished CANCELLED', async () => {
    const { lines } = await logged(async (http, _address, logs) => {
      await whileRunning({ http }, async () => {});
      await until('it is logged', () => logs().some(({ reason }) => reason === 'CANCELLED'));
    });
    const [line] = lines.filter(({ reason }) => reason === 'CANCELLED');
    assert.deepEqual([line?.['operation'], line?.['transport']], ['full-run', 'http']);
  });

  test('says at start where it serves and at its end why it stops', async () => {
    const { lines } = await logged(async () => {});
    const [serving] = lines.filter(({ msg }) => msg === 'serving');
    assert.equal(typeof serving?.['http'], 'string');
    assert.deepEqual(lines.find(({ msg }) => msg === 'stopping')?.['signal'], 'SIGTERM');
  });

  test('never shows what a request contains, even at its most talkative', async () => {
    const { lines, output } = await logged(async (http, address) => {
      const post = (path: string, body: string | Uint8Array, type = 'application/json') =>
        send(http + path, { headers: { ...headers('log-5'), 'content-type': type }, body });
      for (const [path, request] of [
        ['/v1/clip', clip],
        ['/v1/clip', wrong],
        ['/v1/gradient-step', step],
        ['/v1/gradient-step', { ...step, state: BYTES.toString('base64') }],
        ['/v1/evaluate', evaluation],
        ['/v1/full-run', run],
        ['/v1/full-run', endlessRun({ budget: { maxIterations: SECRET } })],
      ] as const)
        await post(path, JSON.stringify(request));
      await post('/v1/clip', `{"gradients": [[${SECRET}`);
      await post('/v1/clip', BYTES, 'application/protobuf');
      await post(`/v1/clip?globalNorm.threshold=${SECRET}`, BYTES, 'application/octet-stream');
      await post(`/v1/clip?magic.threshold=${SECRET}`, BYTES, 'application/octet-stream');
      await post(`/v1/${SECRET}`, '{}');
      await allOf((await openStream({ http }, run, 'ndjson', headers('log-5'))).events());
      const grpc = newGrpcClient(address);
      const metadata = new Metadata();
      metadata.set('authorization', AUTHORIZATION);
      for (const request of [clip, wrong]) await grpc.unary('Clip', request, metadata).catch(() => {});
      await grpc.bytes('Clip', BYTES).catch(() => {});
      grpc.close();
    });
    assert.ok(lines.filter(({ msg }) => msg === 'request').length >= 14);
    for (const secret of FORBIDDEN) assert.ok(!output.includes(secret), `it shows ${secret}`);
  });
});
