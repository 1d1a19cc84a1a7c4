import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startService, type TestService } from '../support/service.js';

type Json = Readonly<Record<string, unknown>>;

/** Every reference in `node`, wherever it is. */
function references(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { $ref } = node as Json;
  return [...(typeof $ref === 'string' ? [$ref] : []), ...Object.values(node).flatMap(references)];
}

/** Those that are no JSON pointer to something in `document`. */
const dangling = (document: Json): string[] =>
  [...new Set(references(document))].filter((reference) => {
    const [start, ...keys] = reference.split('/');
    const found = keys.reduce<unknown>((node, key) => (node as Json | undefined)?.[key], document);
    return start !== '#' || found === undefined;
  });

describe('every reference leads somewhere', () => {
  let service: TestService;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  const get = async (path: string): Promise<Json> =>
    (await fetch(service.http + path)).json() as Promise<Json>;

  test('in the OpenAPI document', async () => {
    const document = await get('/openapi.json');
    assert.ok(references(document).length > 20);
    assert.deepEqual(dangling(document), []);
  });

  test('in the schema of each entry of the catalog, which stands alone', async () => {
    const { clipping, optimizers, schedules, objectives } = await get('/v1/catalog');
    const lists = [clipping, optimizers, schedules, objectives] as { kind: string; schema: Json }[][];
    const lost = lists
      .flat()
      .map(({ kind, schema }) => [kind, ...dangling(schema)])
      .filter(({ length }) => length > 1);
    assert.deepEqual(lost, []);
  });
});
