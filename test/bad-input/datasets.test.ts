import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Row, refusals } from '../support/refusals.js';
import { startService } from '../support/service.js';
import { postJson } from '../support/transports.js';

const scratch = mkdtempSync(join(tmpdir(), 'bad-datasets-'));
const table = 'a,b,target\n1,2,3\n4,5,6\n7,8,10\n';
mkdirSync(join(scratch, 'data', 'folder'), { recursive: true });
writeFileSync(join(scratch, 'data', 'known.csv'), table);
writeFileSync(join(scratch, 'secret.csv'), table);
after(() => rmSync(scratch, { recursive: true, force: true }));
const settings = { DATA_DIR: join(scratch, 'data') };

const named = (name: string) => ({ objective: { linearRegression: { data: { dataset: { name } } } } });
const path = 'objective.linearRegression.data.dataset.name';
const outside = (name: string): Row => ({
  title: JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}...` : name),
  request: named(name),
  path,
  says: ['is not the name of a data set'],
});

const rows: Row[] = [
  ...[
    '../secret',
    '../secret.csv',
    '..',
    '.',
    './known',
    'known/../../secret',
    'folder/../known',
    '/etc/passwd',
    join(scratch, 'secret'),
    '..\\secret',
    '%2e%2e%2fsecret',
    'known\0',
    'known\n',
    'a..b',
    ' known',
    'http://localhost/known',
    'n'.repeat(65),
    'naïve',
  ].map(outside),
  {
    title: 'a name that no data set has',
    request: named('unknown'),
    path,
    says: ['no data set "unknown"'],
  },
  {
    title: 'the name of a folder',
    request: named('folder'),
    path,
    says: ['no data set "folder"'],
  },
];
refusals('a data set is refused by the name', 'Evaluate', rows, settings);
refusals(
  'a run on a data set is refused by the name',
  'FullRun',
  [
    { ...outside('../secret'), request: { ...named('../secret'), optimizer: { sgd: {} } } },
    {
      title: '"unknown"',
      request: { ...named('unknown'), optimizer: { sgd: {} } },
      path,
      says: ['no data set'],
    },
  ],
  settings,
);

test('an empty name is refused over REST; protobuf cannot tell it from an absent one', async () => {
  const service = await startService(settings);
  try {
    await assert.rejects(postJson(service, '/v1/evaluate', named('')), /is not the name of a data set/);
    await assert.rejects(service.grpc.unary('Evaluate', named('')), /name/);
  } finally {
    await service.stop();
  }
});

test('the data set there is can be used', async () => {
  const service = await startService(settings);
  try {
    const { value } = await postJson<{ value: number }>(service, '/v1/evaluate', named('known'));
    assert.ok(value > 0);
  } finally {
    await service.stop();
  }
});
