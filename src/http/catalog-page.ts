import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { once } from './once.js';

const PUBLIC = fileURLToPath(new URL('../../../public', import.meta.url));
const KATEX = dirname(createRequire(import.meta.url).resolve('katex/dist/katex.min.css'));

const FILES = [
  ['/docs/catalog.css', join(PUBLIC, 'catalog.css'), 'text/css'],
  ['/docs/catalog.js', join(PUBLIC, 'catalog.js'), 'text/javascript'],
  ['/docs/katex.min.css', join(KATEX, 'katex.min.css'), 'text/css'],
  ['/docs/katex.min.js', join(KATEX, 'katex.min.js'), 'text/javascript'],
] as const;

/** The catalog for people, its formulas set by KaTeX; nothing is loaded from elsewhere. */
export function mountCatalogPage(app: FastifyInstance): void {
  const page = once(() => readFileSync(join(PUBLIC, 'catalog.html')));
  app.get('/docs/catalog', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src data:; connect-src 'self'",
      )
      .send(page()),
  );
  // Every browser takes woff2, the first of the three forms that the style sheet names.
  const fonts = readdirSync(join(KATEX, 'fonts'))
    .filter((file) => file.endsWith('.woff2'))
    .map((file) => [`/docs/fonts/${file}`, join(KATEX, 'fonts', file), 'font/woff2'] as const);
  for (const [route, file, type] of [...FILES, ...fonts]) {
    const contents = once(() => readFileSync(file));
    app.get(route, (_request, reply) => reply.type(type).send(contents()));
  }
}
