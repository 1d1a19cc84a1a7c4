import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import katex from 'katex';
import { clipping } from '../../src/core/clipping/index.js';
import { objectives } from '../../src/core/objectives/index.js';
import { optimizers } from '../../src/core/optimizers/index.js';
import { schedules } from '../../src/core/schedules/index.js';
import { type Reply, send } from '../support/send.js';
import { startService, type TestService } from '../support/service.js';

describe('the catalog for people', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  const get = (path: string): Promise<Reply> => send(service.http + path, { method: 'GET' });

  test('loads nothing from elsewhere, and what it loads is there', async () => {
    const { headers, body } = await get('/docs/catalog');
    const policy = String(headers['content-security-policy']);
    assert.ok(policy.startsWith("default-src 'none';"), policy);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const page = body.toString();
    assert.doesNotMatch(page, /<script>|style=|https?:/);
    const links = [...page.matchAll(/(?:href|src)="(\/[^"]*)"/g)].map(([, path]) => path as string);
    assert.ok(links.length >= 6);
    for (const path of links) assert.equal((await get(path)).status, 200, path);
  });

  test('has every font that the style sheet asks for', async () => {
    const sheet = (await get('/docs/katex.min.css')).body.toString();
    const fonts = [...sheet.matchAll(/url\((fonts\/[\w-]+\.woff2)\)/g)].map(([, path]) => path as string);
    assert.ok(fonts.length >= 10);
    for (const font of fonts) {
      const { status, body } = await get(`/docs/${font}`);
      assert.deepEqual([status, body.subarray(0, 4).toString()], [200, 'wOF2'], font);
    }
  });

  test('/docs leads to it', async () => {
    assert.match((await get('/docs')).body.toString(), /href="\/docs\/catalog"/);
  });

  for (const { name, plugins } of [clipping, optimizers, schedules, objectives])
    for (const { kind, latex } of plugins)
      test(`${name} ${kind}: KaTeX sets its formula`, () => {
        assert.match(katex.renderToString(latex, { strict: 'error' }), /class="katex"/);
      });
});
