import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mobyDickDirectory } from '../support/moby-dick.js';
import { type Rows, runOver, TRANSPORTS } from '../support/run-rows.js';
import { startService, type TestService } from '../support/service.js';
import { LANGUAGE_MODEL } from './expected.js';

const ITERATIONS = 60;

/** A character LSTM of two layers on the novel, its states carried from window to window. */
const training = (clipping: object) => ({
  objective: {
    languageModel: {
      data: { dataset: { name: 'moby-dick' } },
      embeddingSize: 24,
      hiddenSize: 48,
      layers: 2,
      batchSize: 16,
      sequenceLength: 32,
      validationFraction: 0.01,
    },
  },
  clipping,
  optimizer: { sgd: { learningRate: 4, momentum: 0.5 } },
  budget: { maxIterations: ITERATIONS },
  metrics: { fields: ['evaluation'], evaluateEvery: 20 },
  seed: 3,
});

const RUNS = {
  clipped: { globalNorm: { threshold: 0.1 } },
  unclipped: { none: {} },
};

describe('a two-layer character LSTM on the novel', () => {
  const directory = mobyDickDirectory();
  const found = new Map<string, Rows>();
  let service: TestService;
  before(async () => {
    service = await startService({ DATA_DIR: directory.path });
  });
  after(async () => {
    await service.stop();
    directory.remove();
  });

  for (const kind of ['clipped', 'unclipped'] as const)
    for (const transport of TRANSPORTS)
      test(`has the bits of every machine, ${kind}, over ${transport}`, async () => {
        const { summary, rows } = await runOver(transport, service, training(RUNS[kind]));
        assert.equal(summary.digest, LANGUAGE_MODEL[kind]);
        assert.equal(summary.clippedFraction > 0, kind === 'clipped');
        assert.equal(rows.size, ITERATIONS + 1);
        const reference = found.get(kind) ?? rows;
        found.set(kind, reference);
        for (const [k, row] of rows) assert.deepEqual(row, reference.get(k), `row ${k}`);
      });

  test('learns: characters become less surprising, held-out ones too', () => {
    const rows = found.get('clipped') as Rows;
    const at = (k: number, column: string): number => rows.get(k)?.[column] ?? Number.NaN;
    assert.ok(at(0, 'value') > 4.4, 'at first all of 83 characters are alike: log 83 = 4.42');
    assert.ok(at(ITERATIONS, 'value') < 3.3);
    assert.ok(at(ITERATIONS, 'validationPerplexity') < at(20, 'validationPerplexity'));
    const perplexity = Math.exp(at(40, 'validationLoss'));
    assert.ok(Math.abs(at(40, 'validationPerplexity') / perplexity - 1) < 1e-12);
    assert.ok(Number.isNaN(at(41, 'validationLoss')));
  });
});
