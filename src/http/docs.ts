import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import { stringify } from 'yaml';
import type { Operation } from '../app/operation.js';
import { mountCatalogPage } from './catalog-page.js';
import { once } from './once.js';
import { openApi } from './openapi.js';

const require = createRequire(import.meta.url);

/** The document as the committed openapi.yaml holds it. */
export const openApiYaml = (operations: readonly Operation[]): string =>
  stringify(openApi(operations), { lineWidth: 110, aliasDuplicateObjects: false });

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>gradclip API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<p class="swagger-ui"><span class="wrapper"><a class="link" href="/docs/catalog">Catalog of rules, optimizers, schedules and objectives, with formulas</a></span></p>
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true });\n`;

/** The API description, and swagger-ui over it; nothing is loaded from elsewhere. */
export function mountDocs(app: FastifyInstance, operations: readonly Operation[]): void {
  const json = once(() => JSON.stringify(openApi(operations)));
  const yaml = once(() => openApiYaml(operations));
  app.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(json()));
  app.get('/openapi.yaml', (_request, reply) => reply.type('application/yaml; charset=utf-8').send(yaml()));
  app.get('/docs', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'",
      )
      .send(PAGE),
  );
  mountCatalogPage(app);
  app.get('/docs/start.js', (_request, reply) => reply.type('text/javascript').send(START));
  for (const [file, type] of [
    ['swagger-ui-bundle.js', 'text/javascript'],
    ['swagger-ui.css', 'text/css'],
  ] as const) {
    const contents = once(() => readFileSync(require.resolve(`swagger-ui-dist/${file}`)));
    app.get(`/docs/${file}`, (_request, reply) => reply.type(type).send(contents()));
  }
}
