import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type GrpcClient, newGrpcClient } from './support/grpc-client.js';
import { memoryOf, type ServingProgram, serveProgram } from './support/program.js';

const MB = 1024 * 1024;

let service: ServingProgram;
let grpc: GrpcClient;
before(async () => {
  // The young generation is as large from the start as it may become: V8 grows it over a thousand runs.
  const young = '--max-semi-space-size=8';
  service = await serveProgram({ WORKERS: '1', LOG_LEVEL: 'silent', NODE_OPTIONS: young });
  grpc = newGrpcClient(service.address);
});
after(async () => {
  grpc.close();
  await service.stop();
});

const tensor = (shape: readonly number[], at: (i: number) => number): object => ({
  shape,
  raw: Buffer.from(
    Float64Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, i) => at(i))
      .buffer,
  ),
});
const seventh = (i: number): number => (i % 7) - 3;

/** Systems whose memory is in what they compute, not in the request or the reply; about 60 KB for each unit of size. */
const SYSTEMS: Readonly<Record<string, (size: number) => object>> = {
  mlp: (rows) => ({
    data: { inline: { features: tensor([rows, 4], seventh), targets: tensor([rows, 1], (i) => i % 2) } },
    hidden: [2000],
    activation: 'relu',
  }),
  recurrent: (sequences) => ({
    cell: 'tanh',
    hiddenSize: 16,
    data: {
      inline: { inputs: tensor([100, sequences, 1], seventh), targets: tensor([100, sequences, 1], seventh) },
    },
  }),
  expression: (elements) => ({
    formula: Array.from({ length: 10 }, (_, k) => `mean(tanh(${k + 2}*p)*sin(p - ${k}))`).join(' + '),
    parameters: [{ name: 'p', ...tensor([100 * elements], seventh) }],
  }),
  languageModel: (streams) => ({
    data: { text: 'It was a bright cold day in April. '.repeat(streams) },
    embeddingSize: 16,
    hiddenSize: 16,
    batchSize: streams,
    sequenceLength: 32,
    validationFraction: 0,
    dtype: 'float64',
  }),
  residualNetwork: (images) => ({
    blocksPerStage: 1,
    batchSize: images,
    data: {
      inline: {
        images: tensor([images, 1, 8, 8], seventh),
        labels: tensor([images], (i) => i % 3),
      },
    },
  }),
};

interface Event {
  readonly accepted?: { readonly estimate: { readonly bytes: number } };
  readonly metrics?: object;
  readonly result?: { readonly reason: string };
}

/**
 * Starts the run and sees it to its end, or cancels it at its first rows. In MB: the estimate, and what
 * the service held at the first rows.
 */
function follow(request: object, atRows: 'go on' | 'cancel'): Promise<{ estimate: number; during: number }> {
  return new Promise((resolve, reject) => {
    const call = grpc.stream(request);
    const seen = { estimate: 0, during: 0 };
    call.on('data', ({ accepted, metrics }: Event) => {
      if (accepted !== undefined) seen.estimate = Number(accepted.estimate.bytes) / MB;
      if (metrics === undefined || seen.during !== 0) return;
      seen.during = memoryOf(service).now;
      if (atRows === 'cancel') call.cancel();
    });
    call.once('error', (error) => (seen.during === 0 ? reject(error) : resolve(seen)));
    call.once('end', () => resolve(seen));
  });
}

const run = (kind: string, size: number, maxIterations: number): object => ({
  objective: { [kind]: SYSTEMS[kind]?.(size) },
  optimizer: { sgd: { learningRate: 1e-3 } },
  budget: { maxIterations },
});

for (const kind of Object.keys(SYSTEMS))
  test(`${kind}: a run takes the memory that its estimate says, to a quarter`, async () => {
    // What compiling and the first request take is there before.
    await follow(run(kind, 100, 3), 'go on');
    const earlier = memoryOf(service).now;
    const { estimate, during } = await follow(run(kind, 3000, 20_000), 'cancel');
    const taken = during - earlier;
    assert.ok(estimate > 150, `a run large enough to be measured, ${estimate} MB`);
    assert.ok(
      Math.abs(taken - estimate) < estimate / 4,
      `takes ${taken.toFixed(0)} MB, estimated ${estimate.toFixed(0)} MB`,
    );
  });

test('1000 runs in a row leave no memory behind', async () => {
  const after = async (runs: number): Promise<number> => {
    for (let i = 0; i < runs; i++) await follow(run('mlp', 200, 1), 'go on');
    return memoryOf(service).now;
  };
  // What the process keeps for itself settles within the first half; each run takes 13 MB more.
  const early = await after(500);
  const late = await after(500);
  assert.ok(late < early + 50, `${early.toFixed(0)} MB, then ${late.toFixed(0)} MB`);
});
