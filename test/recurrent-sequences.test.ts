import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newRandom } from './support/random.js';
import { runOver, TRANSPORTS } from './support/run-rows.js';
import { startService, type TestService } from './support/service.js';

const STEPS = 6;
const SEQUENCES = 5;
const random = newRandom(23);
/** Rows of a table: two features and a target; the last two fill no sequence. */
const table = Array.from({ length: STEPS * SEQUENCES + 2 }, () => [random(), random(), random()]);
const rowOf = (step: number, sequence: number): number[] => table[sequence * STEPS + step] as number[];

const cell = { cell: 'gru', hiddenSize: 3 };
const states = { shape: [SEQUENCES, 3], values: Array.from({ length: SEQUENCES * 3 }, () => random()) };

/** The same sequences as tensors, some of them. */
function inline(chosen: readonly number[]): object {
  const over = (of: (row: number[]) => number[]): number[] =>
    Array.from({ length: STEPS }, (_, t) => chosen.flatMap((s) => of(rowOf(t, s)))).flat();
  return {
    inputs: { shape: [STEPS, chosen.length, 2], values: over((row) => row.slice(0, 2)) },
    targets: { shape: [STEPS, chosen.length, 1], values: over((row) => row.slice(2)) },
  };
}

describe('sequences of a named data set', () => {
  let service: TestService;
  let directory: string;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gradclip-'));
    const lines = table.map((row) => row.join(','));
    writeFileSync(join(directory, 'walks.csv'), `a,b,target\n${lines.join('\n')}\n`);
    service = await startService({ DATA_DIR: directory });
  });
  after(async () => {
    await service.stop();
    rmSync(directory, { recursive: true });
  });

  const named = { dataset: { name: 'walks', sequenceLength: STEPS } };
  const training = (data: object, more: object = {}, learningRate = 0.1, maxIterations = 8) => ({
    objective: { recurrent: { ...cell, data, ...more } },
    clipping: { globalNorm: { threshold: 0.5 } },
    optimizer: { sgd: { learningRate } },
    budget: { maxIterations },
    seed: 3,
  });
  const valuesOf = async (request: object, transport: (typeof TRANSPORTS)[number]): Promise<number[]> => {
    const { rows } = await runOver(transport, service, request as never);
    return [...rows.keys()].sort((a, b) => a - b).map((k) => rows.get(k)?.['value'] as number);
  };

  for (const transport of TRANSPORTS)
    test(`are the consecutive rows of the table, over ${transport}`, async () => {
      const all = Array.from({ length: SEQUENCES }, (_, s) => s);
      assert.deepEqual(
        await valuesOf(training(named), transport),
        await valuesOf(training({ inline: inline(all) }), transport),
      );
    });

  test('an epoch takes each once, with its own first state, in another order than the next', async () => {
    const still = (data: object, more: object, iterations: number): Promise<number[]> =>
      valuesOf(training(data, more, 0, iterations), 'NDJSON');
    const alone = await Promise.all(
      Array.from({ length: SEQUENCES }, async (_, s) => {
        const initialState = { shape: [1, 3], values: states.values.slice(3 * s, 3 * s + 3) };
        return (await still({ inline: inline([s]) }, { initialState }, 0))[0] as number;
      }),
    );
    const seen = await still(named, { batchSize: 1, initialState: states }, 4 * SEQUENCES - 1);
    const epochs = [0, 1, 2, 3].map((e) => seen.slice(e * SEQUENCES, (e + 1) * SEQUENCES));
    for (const epoch of epochs) assert.deepEqual([...epoch].sort(), [...alone].sort());
    assert.ok(new Set(epochs.map(String)).size > 1, 'every epoch has the same order');
    assert.notDeepEqual(await still(named, { batchSize: 1 }, 4), epochs[0], 'the first states do nothing');
  });

  test('a mini-batch is the mean of its sequences; those left over wait for the next epoch', async () => {
    const pairs = await valuesOf(training(named, { batchSize: 2 }, 0, 7), 'gRPC');
    const alone = await Promise.all(
      Array.from(
        { length: SEQUENCES },
        async (_, s) => (await valuesOf(training({ inline: inline([s]) }, {}, 0, 0), 'JSON'))[0] as number,
      ),
    );
    for (let epoch = 0; epoch < 4; epoch++) {
      const [first, second] = pairs.slice(2 * epoch, 2 * epoch + 2) as [number, number];
      const left = alone.filter((value) => {
        const rest = alone.reduce((sum, v) => sum + v, 0) - value;
        return Math.abs(2 * (first + second) - rest) < 1e-12;
      });
      assert.equal(left.length, 1, `of epoch ${epoch}`);
    }
  });

  test('a length that no sequence has is refused', async () => {
    const reply = await fetch(`${service.http}/v1/full-run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(training({ dataset: { name: 'walks', sequenceLength: table.length + 1 } })),
    });
    const { violations } = (await reply.json()) as { violations: { path: string; message: string }[] };
    assert.equal(reply.status, 400);
    assert.equal(violations[0]?.path, 'objective.recurrent.data.dataset.sequenceLength');
    assert.match(violations[0]?.message ?? '', /32 rows of "walks", got 33/);
  });
});
