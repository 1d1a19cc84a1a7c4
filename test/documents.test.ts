import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { status as grpcStatus } from '@grpc/grpc-js';
import { operations } from '../src/app/operations/index.js';
import { clipping } from '../src/core/clipping/index.js';
import type { Reason } from '../src/core/failure.js';
import { objectives } from '../src/core/objectives/index.js';
import { optimizers } from '../src/core/optimizers/index.js';
import { schedules } from '../src/core/schedules/index.js';
import { grpcTable } from '../src/grpc/status.js';
import { httpTable } from '../src/http/errors.js';
import { localLinks } from './support/markdown.js';
import { inRepository } from './support/root.js';

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'examples/README.md',
  'docs/api.md',
  'docs/architecture.md',
  'docs/data-directory.md',
  'docs/experiments.md',
  'docs/numerics.md',
  'docs/peers.md',
  'docs/theory.md',
];

describe('documents', () => {
  const read = (path: string): string => readFileSync(inRepository(path), 'utf8');

  for (const path of DOCUMENTS)
    it(`${path} links to files that are there`, () => {
      for (const target of localLinks(read(path)))
        assert.ok(existsSync(inRepository(join(dirname(path), target))), target);
    });

  it('docs/api.md lists every kind of every choice', () => {
    const text = read('docs/api.md');
    const choices = { clipping, optimizer: optimizers, schedule: schedules, objective: objectives };
    for (const [field, { plugins }] of Object.entries(choices)) {
      const kinds = plugins.map(({ kind }) => `\`${kind}\``).join(', ');
      assert.ok(text.includes(`| \`${field}\` | ${kinds} |`), `${field}: ${kinds}`);
    }
  });

  it('docs/api.md lists every operation and every reason, with the status that it has', () => {
    const text = read('docs/api.md');
    for (const { rpc, route } of operations)
      assert.match(text, new RegExp(`\\| \`${rpc}\`.* \\| \`${route.method} ${route.path}\` \\|`));
    const rows = text.slice(text.indexOf('## Errors')).split('\n');
    for (const [reason, { status, reason: published = reason }] of Object.entries(httpTable)) {
      const row = rows.find((line) => line.split(' | ')[0]?.includes(`\`${published}\``));
      assert.ok(row !== undefined, reason);
      if (reason !== 'CANCELLED') assert.ok(row.includes(String(status)), row);
      const code = grpcStatus[grpcTable[reason as Reason]] as string;
      if (published !== 'UNSUPPORTED_MEDIA_TYPE') assert.ok(row.includes(`\`${code}\``), row);
    }
  });
});
