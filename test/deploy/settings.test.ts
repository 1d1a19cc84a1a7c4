import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { it } from 'node:test';
import { type Config, parseConfig, settingsTable } from '../../src/config.js';
import { inRepository } from '../support/root.js';

/** Defaults that are no number. */
const WORDS: Readonly<Record<string, string>> = { CPUs: String(availableParallelism()), none: '' };

it('docs/deployment.md lists every setting, and no other, with its default', () => {
  const text = readFileSync(inRepository('docs/deployment.md'), 'utf8');
  const rows = new Map(
    [...text.matchAll(/^\| `([A-Z_]+)` \| `?([^|`]*)`? \|/gm)].map(([, name = '', value = '']) => [
      name,
      value.trim(),
    ]),
  );
  assert.deepEqual(
    [...rows.keys()],
    settingsTable().map(({ name }) => name),
  );
  const defaults = parseConfig({});
  for (const [name, documented] of rows) {
    // Read as the service reads it, so that 10s and 1e15 may be written as people do.
    const given = parseConfig({ [name]: WORDS[documented] ?? documented });
    assert.equal(given[name as keyof Config], defaults[name as keyof Config], name);
  }
});
