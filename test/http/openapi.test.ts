import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { operations } from '../../src/app/operations/index.js';
import { openApiYaml } from '../../src/http/docs.js';

it('openapi.yaml is what the operations table says (npm run openapi rewrites it)', () => {
  const committed = readFileSync(new URL('../../../openapi.yaml', import.meta.url), 'utf8');
  assert.equal(committed, openApiYaml(operations));
});
