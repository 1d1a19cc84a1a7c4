import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { inRepository } from '../support/root.js';
import { type Reply, send } from '../support/send.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
before(async () => {
  service = await startService();
});
after(() => service.stop());

const get = (path: string): Promise<Reply> => send(service.http + path, { method: 'GET' });
const PAGES = [
  ['/livez', 'text/plain'],
  ['/readyz', 'text/plain'],
  ['/metrics', 'text/plain; version=0.0.4; charset=utf-8'],
  ['/openapi.json', 'application/json; charset=utf-8'],
  ['/openapi.yaml', 'application/yaml; charset=utf-8'],
  ['/docs', 'text/html; charset=utf-8'],
  ['/docs/start.js', 'text/javascript'],
  ['/docs/swagger-ui-bundle.js', 'text/javascript'],
  ['/docs/swagger-ui.css', 'text/css'],
  ['/docs/catalog', 'text/html; charset=utf-8'],
  ['/docs/catalog.js', 'text/javascript'],
  ['/docs/catalog.css', 'text/css'],
  ['/docs/katex.min.js', 'text/javascript'],
  ['/docs/katex.min.css', 'text/css'],
  ['/docs/fonts/KaTeX_Main-Regular.woff2', 'font/woff2'],
  ['/v1/catalog', 'application/json; charset=utf-8'],
] as const;

describe('GET', () => {
  for (const [path, type] of PAGES)
    test(`${path} is ${type}`, async () => {
      const { status, headers, body } = await get(path);
      assert.deepEqual([status, headers['content-type']], [200, type]);
      assert.ok(body.length > 0);
    });

  test('/livez and /readyz say ok', async () => {
    for (const path of ['/livez', '/readyz']) assert.equal((await get(path)).body.toString(), 'ok\n');
  });

  test('/openapi.yaml is the committed file, and /openapi.json lists the same paths', async () => {
    const yaml = (await get('/openapi.yaml')).body.toString();
    assert.equal(yaml, readFileSync(inRepository('openapi.yaml'), 'utf8'));
    const { openapi, paths } = JSON.parse((await get('/openapi.json')).body.toString()) as {
      openapi: string;
      paths: object;
    };
    assert.match(openapi, /^3\.1\./);
    for (const path of Object.keys(paths)) assert.ok(yaml.includes(`\n  ${path}:\n`), path);
  });
});

describe('HEAD', () => {
  for (const [path, type] of PAGES)
    test(`${path} has the headers of GET and no body`, async () => {
      const { status, headers, body } = await send(service.http + path, { method: 'HEAD' });
      assert.deepEqual([status, headers['content-type'], body.length], [200, type, 0]);
    });

  test('of a route that only takes POST is refused without a body', async () => {
    const { status, headers, body } = await send(`${service.http}/v1/clip`, { method: 'HEAD' });
    assert.deepEqual([status, headers['allow'], body.length], [405, 'POST', 0]);
  });
});

describe('/docs', () => {
  test('loads nothing but its own files, and every one of them is there', async () => {
    const { body } = await get('/docs');
    const sources = [...body.toString().matchAll(/(?:src|href)="([^"]+)"/g)].map(
      ([, source]) => source ?? '',
    );
    assert.equal(sources.length, 4);
    for (const source of sources) {
      assert.match(source, /^\/docs\//);
      assert.equal((await get(source)).status, 200);
    }
  });

  test('allows no other origin and no inline script', async () => {
    const { headers } = await get('/docs');
    const policy = new Map(
      String(headers['content-security-policy'])
        .split('; ')
        .map((directive) => {
          const [name = '', ...sources] = directive.split(' ');
          return [name, sources.join(' ')] as const;
        }),
    );
    assert.deepEqual(
      [policy.get('default-src'), policy.get('script-src'), policy.get('connect-src')],
      ["'none'", "'self'", "'self'"],
    );
    for (const sources of policy.values()) assert.doesNotMatch(sources, /https?:|\*/);
  });
});
