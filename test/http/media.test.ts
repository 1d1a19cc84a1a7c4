import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { replyOf, requestBytes } from '../support/grpc-client.js';
import type { ClipReply, EvaluateReply, RunEvent, StepReply } from '../support/replies.js';
import { endlessRun, shortRun } from '../support/runs.js';
import { type Reply, send } from '../support/send.js';
import { startService, type TestService } from '../support/service.js';
import { doublesOf } from '../support/tensors.js';
import { rest } from '../support/transports.js';

const PROTOBUF = 'application/protobuf';
const OCTETS = 'application/octet-stream';
const JSON_TYPE = 'application/json; charset=utf-8';
const clip = { gradients: [{ shape: [2], values: [3, 4] }], clipping: { globalNorm: { threshold: 1 } } };

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

const post = (path: string, type: string, body: Uint8Array | string, more: Record<string, string> = {}) =>
  send(`${service.http}${path}`, { headers: { 'content-type': type, ...more }, body });

function assertIs(reply: Reply, type: string): void {
  assert.equal(reply.status, 200, reply.body.toString());
  assert.equal(reply.headers['content-type'], type);
}

describe('protobuf over HTTP', () => {
  test('clips', async () => {
    const reply = await post('/v1/clip', PROTOBUF, requestBytes('Clip', clip));
    assertIs(reply, PROTOBUF);
    const { gradients, reports } = replyOf<ClipReply>('Clip', reply.body);
    assert.deepEqual(gradients[0]?.values, [3 * 0.2, 4 * 0.2]);
    assert.deepEqual([reports[0]?.norm, reports[0]?.clipped], [5, true]);
  });

  test('takes a gradient step', async () => {
    const tensors = [{ shape: [2], values: [1, 2] }];
    const request = { parameters: tensors, gradients: tensors, optimizer: { sgd: { learningRate: 0.5 } } };
    const reply = await post('/v1/gradient-step', PROTOBUF, requestBytes('GradientStep', request));
    assertIs(reply, PROTOBUF);
    const { parameters, metrics } = replyOf<StepReply>('GradientStep', reply.body);
    assert.deepEqual([parameters[0]?.values, metrics.step], [[0.5, 1], 1]);
  });

  test('evaluates', async () => {
    const request = {
      objective: { rosenbrock: { dimension: 2 } },
      parameters: [{ shape: [2], values: [0, 0] }],
      directions: [{ tensors: [{ shape: [2], values: [1, 0] }] }],
    };
    const reply = await post('/v1/evaluate', PROTOBUF, requestBytes('Evaluate', request));
    assertIs(reply, PROTOBUF);
    const { value, gradients, hessianVectorProducts } = replyOf<EvaluateReply>('Evaluate', reply.body);
    assert.deepEqual([value, gradients[0]?.values], [1, [-2, 0]]);
    assert.deepEqual(hessianVectorProducts, [
      { tensors: [{ name: 'x', shape: [2], dtype: 'float64', values: [2, 0] }] },
    ]);
  });

  test('runs a descent and answers with its last event', async () => {
    const reply = await post('/v1/full-run', PROTOBUF, requestBytes('FullRun', shortRun()));
    assertIs(reply, PROTOBUF);
    const { result } = replyOf<RunEvent>('FullRun', reply.body);
    const json = await rest(service).run(shortRun());
    assert.equal(result?.summary.digest, json.result.summary.digest);
  });

  test('lists the catalog for those who accept it', async () => {
    const reply = await send(`${service.http}/v1/catalog`, { method: 'GET', headers: { accept: PROTOBUF } });
    assertIs(reply, PROTOBUF);
    assert.ok(reply.body.length > 1000);
    assert.doesNotThrow(() => replyOf('GetCatalog', reply.body));
  });

  test('is answered in JSON where that is what is accepted, and the other way round', async () => {
    const json = await post('/v1/clip', PROTOBUF, requestBytes('Clip', clip), { accept: 'application/json' });
    assertIs(json, JSON_TYPE);
    assert.equal((JSON.parse(json.body.toString()) as ClipReply).reports[0]?.norm, 5);
    const binary = await post('/v1/clip', 'application/json', JSON.stringify(clip), { accept: PROTOBUF });
    assertIs(binary, PROTOBUF);
    assert.equal(replyOf<ClipReply>('Clip', binary.body).reports[0]?.norm, 5);
  });
});

describe('bare bytes', () => {
  const report = ({ headers }: Reply) => ({
    norm: headers['gradclip-norm'],
    scale: headers['gradclip-scale'],
    clippedNorm: headers['gradclip-clipped-norm'],
    clipped: headers['gradclip-clipped'],
    nonFinite: headers['gradclip-non-finite'],
    threshold: headers['gradclip-threshold'],
  });
  const bytes = (array: Float64Array | Float32Array) => new Uint8Array(array.buffer);
  const rule = '/v1/clip?globalNorm.threshold=1';

  test('of doubles come back clipped, with the report in headers', async () => {
    const reply = await post(rule, OCTETS, bytes(Float64Array.of(3, 4)), { 'x-request-id': 'bytes-1' });
    assertIs(reply, OCTETS);
    assert.deepEqual(doublesOf(reply.body), [3 * 0.2, 4 * 0.2]);
    assert.deepEqual(report(reply), {
      norm: '5',
      scale: '0.2',
      clippedNorm: '1',
      clipped: 'true',
      nonFinite: '0',
      threshold: '1',
    });
    assert.equal(reply.headers['x-request-id'], 'bytes-1');
  });

  test('of floats come back as floats', async () => {
    const reply = await post(`${rule}&dtype=float32`, OCTETS, bytes(Float32Array.of(3, 4)));
    assertIs(reply, OCTETS);
    assert.deepEqual(doublesOf(reply.body, 'float32'), [3 * 0.2, 4 * 0.2].map(Math.fround));
    assert.equal(report(reply).norm, '5');
  });

  test('are divided by a loss scale; a rule without a threshold has no header for it', async () => {
    const reply = await post('/v1/clip?none&lossScale=2', OCTETS, bytes(Float64Array.of(6, 8)));
    assertIs(reply, OCTETS);
    assert.deepEqual(doublesOf(reply.body), [3, 4]);
    assert.equal(report(reply).norm, '5');
    assert.equal(report(reply).threshold, undefined);
    const twice = await post('/v1/clip?none&lossScale=2&lossScale=3', OCTETS, bytes(Float64Array.of(6, 8)));
    assert.equal(twice.status, 400);
  });

  test('say how many components were not finite', async () => {
    const gradient = bytes(Float64Array.of(Number.NaN, 4, Infinity));
    const reply = await post('/v1/clip?value.threshold=1&nonFinite=ZERO', OCTETS, gradient);
    assertIs(reply, OCTETS);
    assert.deepEqual(doublesOf(reply.body), [0, 1, 0]);
    assert.equal(report(reply).nonFinite, '2');
  });

  test('may be a part of a gradient, with the norm of the whole', async () => {
    const reply = await post(`${rule}&total=13`, OCTETS, bytes(Float64Array.of(3, 4)));
    assertIs(reply, OCTETS);
    assert.deepEqual(doublesOf(reply.body), [3 * (1 / 13), 4 * (1 / 13)]);
    assert.equal(report(reply).norm, '13');
  });

  test('may be none at all', async () => {
    const reply = await post(rule, OCTETS, new Uint8Array(0));
    assertIs(reply, OCTETS);
    assert.equal(reply.body.length, 0);
    assert.deepEqual(report(reply), {
      norm: '0',
      scale: '1',
      clippedNorm: '0',
      clipped: 'false',
      nonFinite: '0',
      threshold: '1',
    });
  });

  test('may be a million doubles', async () => {
    const gradient = new Float64Array(1_000_000).fill(0.001);
    const reply = await post('/v1/clip?globalNorm.threshold=10', OCTETS, bytes(gradient));
    assertIs(reply, OCTETS);
    assert.deepEqual(Buffer.compare(reply.body, bytes(gradient)), 0);
  });
});

describe('gzip', () => {
  for (const [type, path, body, norm] of [
    ['application/json', '/v1/clip', JSON.stringify(clip), (r: Reply) => JSON.parse(String(r.body))],
    [PROTOBUF, '/v1/clip', requestBytes('Clip', clip), (r: Reply) => replyOf<ClipReply>('Clip', r.body)],
  ] as const)
    test(`packs a body of ${type}`, async () => {
      const reply = await post(path, type, gzipSync(body), { 'content-encoding': 'gzip' });
      assert.equal((norm(reply) as ClipReply).reports[0]?.norm, 5);
    });

  test('packs bare bytes, in several members as well', async () => {
    const parts = [Float64Array.of(3), Float64Array.of(4)].map((part) =>
      gzipSync(new Uint8Array(part.buffer)),
    );
    const reply = await post('/v1/clip?none', OCTETS, Buffer.concat(parts), { 'content-encoding': 'gzip' });
    assertIs(reply, OCTETS);
    assert.equal(reply.headers['gradclip-norm'], '5');
  });

  test('that is cut off or no gzip is refused', async () => {
    const whole = gzipSync(JSON.stringify(endlessRun()));
    for (const body of [whole.subarray(0, whole.length - 9), Buffer.from('{"gradients": []}')]) {
      const reply = await post('/v1/clip', 'application/json', body, { 'content-encoding': 'gzip' });
      assert.equal(reply.status, 400);
      assert.match(reply.body.toString(), /is not gzip/);
    }
  });
});
