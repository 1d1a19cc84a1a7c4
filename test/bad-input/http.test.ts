import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import supertest from 'supertest';
import { fromProblem } from '../support/refusal.js';
import { assertAlive, assertSays } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

const CLIP = { gradients: [[3, 4]], clipping: { globalNorm: { threshold: 5 } } };

interface Row {
  readonly title: string;
  readonly method?: 'get' | 'post' | 'put' | 'delete' | 'patch';
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly status: number;
  readonly reason: string;
  readonly path?: string;
  readonly says: readonly string[];
  readonly allow?: string;
}

const invalid = { status: 400, reason: 'INVALID_FIELD' };
const badBody = (title: string, body: string, ...says: string[]): Row => ({
  ...invalid,
  title,
  body,
  path: '',
  says,
});
const brackets = (n: number): string => '['.repeat(n) + ']'.repeat(n);

const bodies: Row[] = [
  badBody('that is cut short', '{"gradients": [[3, 4]', 'is not JSON'),
  badBody('that is no JSON', 'gradients=3', 'is not JSON'),
  badBody('with NaN as JavaScript writes it', '{"gradients": [[NaN]]}', 'is not JSON'),
  badBody('that is a list', '[]', 'expected object', 'got an array of 0'),
  badBody('that is a text', '"clip"', 'expected object', 'got "clip"'),
  badBody('that is a number', '7', 'expected object', 'got 7'),
  badBody('that is null', 'null', 'expected object', 'got null'),
  { ...invalid, title: 'that is empty', body: '', path: 'clipping', says: ['is required'] },
  {
    ...invalid,
    title: 'of a hundred thousand brackets in place of a tensor',
    body: `{"gradients": [${brackets(100_000)}], "clipping": {"none": {}}}`,
    path: 'gradients[0]',
    says: ['is nested deeper than 32 levels'],
  },
  {
    ...invalid,
    title: 'of a hundred thousand brackets in place of a value',
    body: `{"gradients": [{"values": [${brackets(100_000)}]}], "clipping": {"none": {}}}`,
    path: 'gradients[0].values[0]',
    says: ['expected a number', 'got an array of 1'],
  },
  {
    ...invalid,
    title: 'of a hundred thousand brackets in place of a rule',
    body: `{"gradients": [], "clipping": ${brackets(100_000)}}`,
    path: 'clipping',
    says: ['expected object'],
  },
  badBody('of a hundred thousand brackets and nothing else', brackets(100_000), 'expected object'),
  {
    ...invalid,
    title: 'of a hundred thousand objects, one in the other',
    body: `${'{"clipping":'.repeat(100_000)}null${'}'.repeat(100_000)}`,
    path: 'clipping.clipping',
    says: ['unknown field'],
  },
  {
    ...invalid,
    title: 'of a hundred thousand rules, one in the other',
    body: `{"gradients": [], "clipping": ${'{"chain":{"rules":['.repeat(100_000)}{}${']}}'.repeat(100_000)}}`,
    path: `clipping${'.chain.rules[0]'.repeat(5)}`,
    says: ['rules may be nested at most 4 deep'],
  },
  {
    ...invalid,
    title: 'of a hundred thousand rules, one beside the other',
    body: `{"gradients": [], "clipping": {"chain": {"rules": [${'{},'.repeat(100_000)}{}]}}}`,
    path: 'clipping.chain.rules',
    says: ['must have a length <= 16', 'got an array of 100001'],
  },
  {
    ...invalid,
    title: 'with a field called __proto__',
    body: '{"gradients": [[3]], "clipping": {"none": {}}, "__proto__": {"scaleOnly": true}}',
    path: '__proto__',
    says: ['unknown field'],
  },
];

const headers: Row[] = [
  {
    title: 'a content type it does not know',
    headers: { 'content-type': 'text/csv' },
    body: '3,4',
    status: 415,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    path: 'Content-Type',
    says: ['must be application/json', 'got text/csv'],
  },
  {
    title: 'a form',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'gradients=3',
    status: 415,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    path: 'Content-Type',
    says: ['got application/x-www-form-urlencoded'],
  },
  {
    title: 'bare bytes where they mean nothing',
    url: '/v1/evaluate',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.alloc(8),
    status: 415,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    says: ['application/octet-stream is for /v1/clip'],
  },
  {
    title: 'a content encoding it does not know',
    headers: { 'content-encoding': 'br' },
    body: JSON.stringify(CLIP),
    status: 415,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    says: ['content-encoding br', 'gzip'],
  },
  {
    title: 'an Accept it cannot serve',
    headers: { accept: 'text/html' },
    status: 406,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    path: 'Accept',
    says: ['must be one of application/json, application/protobuf', 'got text/html'],
  },
  {
    title: 'an event stream of something that is no run',
    headers: { accept: 'text/event-stream' },
    status: 406,
    reason: 'UNSUPPORTED_MEDIA_TYPE',
    path: 'Accept',
    says: ['got text/event-stream'],
  },
  {
    title: 'a timeout in words',
    headers: { 'gradclip-timeout': 'soon' },
    ...invalid,
    path: 'Gradclip-Timeout',
    says: ['expected a duration such as "2.5s"', 'got "soon"'],
  },
  {
    title: 'a timeout without a unit',
    headers: { 'gradclip-timeout': '5' },
    ...invalid,
    path: 'Gradclip-Timeout',
    says: ['got "5"'],
  },
  {
    title: 'a negative timeout',
    headers: { 'gradclip-timeout': '-1s' },
    ...invalid,
    path: 'Gradclip-Timeout',
    says: ['got "-1s"'],
  },
];

const routes: Row[] = [
  {
    title: 'a route there is not',
    url: '/v1/magic',
    status: 404,
    reason: 'NOT_FOUND',
    says: ['no /v1/magic'],
  },
  {
    title: 'a route outside of the API',
    method: 'get',
    url: '/../../etc/passwd',
    status: 404,
    reason: 'NOT_FOUND',
    says: ['there is no'],
  },
  ...(['get', 'put', 'delete', 'patch'] as const).map((method) => ({
    title: `${method.toUpperCase()} where there is only POST`,
    method,
    status: 405,
    reason: 'METHOD_NOT_ALLOWED',
    says: ['/v1/clip takes POST', `got ${method.toUpperCase()}`],
    allow: 'POST',
  })),
  {
    title: 'POST where there is only GET',
    url: '/v1/catalog',
    status: 405,
    reason: 'METHOD_NOT_ALLOWED',
    says: ['/v1/catalog takes GET', 'got POST'],
    allow: 'GET',
  },
];

const OCTETS = { 'content-type': 'application/octet-stream' };
const octets = (title: string, query: string, path: string, ...says: string[]): Row => ({
  ...invalid,
  title,
  url: `/v1/clip?${query}`,
  headers: OCTETS,
  body: Buffer.alloc(16),
  path,
  says,
});
const queries: Row[] = [
  octets('without a rule', '', 'clipping', 'needs exactly one clipping rule', 'got 0'),
  octets('with a negative threshold', 'globalNorm.threshold=-1', 'clipping.globalNorm.threshold', 'got -1'),
  octets(
    'with a threshold in words',
    'globalNorm.threshold=one',
    'clipping.globalNorm.threshold',
    'got "one"',
  ),
  octets('with an empty threshold', 'globalNorm.threshold=', 'clipping.globalNorm.threshold', 'got ""'),
  octets('with a parameter twice', 'value.threshold=1&value.threshold=2', 'value.threshold', 'once'),
  octets(
    'with too deep a parameter',
    'value.threshold.x=1',
    'value.threshold.x',
    'expected rule.parameter=value',
  ),
  octets('with an unknown rule', 'magic.threshold=1', 'clipping.magic', 'unknown field'),
  octets('with a parameter of Object', '__proto__.threshold=1', 'clipping.__proto__', 'unknown field'),
  octets('with an unknown element type', 'none&dtype=int8', 'gradients[0].dtype', 'got "int8"'),
  octets('with an unknown policy', 'none&nonFinite=MAYBE', 'nonFinite', 'got "MAYBE"'),
  { ...octets('that are no whole number', 'none', 'gradients[0].raw', '7 bytes'), body: Buffer.alloc(7) },
];

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

async function assertRefused(row: Row): Promise<void> {
  const {
    method = 'post',
    url = '/v1/clip',
    headers: extra = {},
    body,
    status,
    reason,
    path,
    says,
    allow,
  } = row;
  let request = supertest(service.http)[method](url).set('x-request-id', 'bad-input-1');
  for (const [name, value] of Object.entries({ 'content-type': 'application/json', ...extra }))
    request = request.set(name, value);
  const withBody = method !== 'get' && url !== '/v1/catalog';
  const response = await (withBody ? request.send(body ?? JSON.stringify(CLIP)) : request);
  assert.equal(response.status, status, response.text);
  assert.match(response.headers['content-type'] ?? '', /^application\/problem\+json/);
  assert.equal(response.headers['x-request-id'], 'bad-input-1');
  const refusal = fromProblem(response.status, response.text);
  assert.equal(refusal.reason, reason);
  assertSays(refusal, path, says);
  if (allow !== undefined) assert.equal(response.headers['allow'], allow);
  await assertAlive(service);
}

for (const [title, rows] of [
  ['REST refuses a body', bodies],
  ['REST refuses', [...headers, ...routes]],
  ['REST refuses bare bytes', queries],
] as const)
  describe(title, () => {
    for (const row of rows) test(row.title, () => assertRefused(row));
  });
