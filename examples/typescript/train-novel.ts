// Trains a character LSTM of two layers on Moby Dick over gRPC and prints what happens, with clipped gradients or without.
// From the repository, after npm run data:moby-dick and with the service up:
// node dist/examples/typescript/train-novel.js [iterations] [threshold | none]
// In a project of your own: npm install @grpc/grpc-js @grpc/proto-loader, and a copy of proto/.
import { type ClientReadableStream, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The messages of proto/gradclip/v1, as far as they are read here. */
interface Column {
  readonly name: string;
  readonly values: readonly number[];
}
interface RunEvent {
  readonly accepted?: { readonly estimate: { readonly floatingPointOperations: number } };
  readonly metrics?: {
    readonly firstIteration: number;
    readonly stride: number;
    readonly columns: readonly Column[];
  };
  readonly result?: {
    readonly reason: string;
    readonly detail?: string;
    readonly iterations: number;
    readonly evaluation: readonly { readonly name: string; readonly value: number }[];
    readonly summary: { readonly clippedFraction: number; readonly digest: string };
  };
}
interface Client {
  fullRun(request: object, options: { deadline: Date }): ClientReadableStream<RunEvent>;
  close(): void;
}

const loaded = loadSync('gradclip/v1/optimizer_service.proto', {
  includeDirs: ['proto'],
  arrays: true,
  longs: Number,
});
const { gradclip } = loadPackageDefinition(loaded) as unknown as {
  gradclip: {
    v1: {
      OptimizerService: new (
        address: string,
        security: ReturnType<typeof credentials.createInsecure>,
      ) => Client;
    };
  };
};
const address = process.env['GRADCLIP_ADDRESS'] ?? '127.0.0.1:50051';
const client = new gradclip.v1.OptimizerService(address, credentials.createInsecure());

const iterations = Number(process.argv[2] ?? 100);
const threshold = process.argv[3] ?? '0.1';
const every = Math.max(1, Math.round(iterations / 10));
const run = client.fullRun(
  {
    objective: {
      languageModel: {
        data: { dataset: { name: 'moby-dick' } },
        embeddingSize: 32,
        hiddenSize: 96,
        layers: 2,
        batchSize: 32,
        sequenceLength: 48,
        validationFraction: 0.02,
      },
    },
    clipping: threshold === 'none' ? { none: {} } : { globalNorm: { threshold: Number(threshold) } },
    optimizer: { sgd: { learningRate: 8, momentum: 0.9 } },
    schedule: { cosine: { steps: iterations } },
    budget: { maxIterations: iterations },
    // A row for every iteration, to see which were clipped; the held-out text is read at some of them only.
    metrics: { every: 1, fields: ['evaluation'], evaluateEvery: every },
    seed: 1,
  },
  // When it passes, the run ends early and still sends its result.
  { deadline: new Date(Date.now() + 600_000) },
);
process.once('SIGINT', () => run.cancel());

let clipped = 0;
let steps = 0;
function printRows({ firstIteration, stride, columns }: NonNullable<RunEvent['metrics']>): void {
  const at = (name: string, row: number): number =>
    columns.find((column) => column.name === name)?.values[row] ?? Number.NaN;
  for (let row = 0; row < (columns[0]?.values.length ?? 0); row++) {
    // The last row made no update.
    if (at('updateNorm', row) > 0) steps++;
    if (at('scale', row) < 1) clipped++;
    const perplexity = at('validationPerplexity', row);
    if (Number.isNaN(perplexity)) continue;
    console.log(
      `${String(firstIteration + row * stride).padStart(6)}  loss ${at('value', row).toFixed(4)}  ` +
        `validation perplexity ${perplexity.toPrecision(4).padStart(9)}  ` +
        `‖g‖ ${at('gradientNorm', row).toFixed(4)}  clipped ${((100 * clipped) / Math.max(1, steps)).toFixed(0).padStart(3)} %`,
    );
    clipped = 0;
    steps = 0;
  }
}

try {
  for await (const { accepted, metrics, result } of run as AsyncIterable<RunEvent>) {
    if (accepted !== undefined)
      console.log(
        `accepted: about ${(accepted.estimate.floatingPointOperations / 1e9).toFixed(0)}e9 operations`,
      );
    if (metrics !== undefined) printRows(metrics);
    if (result !== undefined) {
      const { reason, detail = '', summary } = result;
      const perplexity =
        result.evaluation.find(({ name }) => name === 'validationPerplexity')?.value ?? Number.NaN;
      console.log(
        `${reason}${detail === '' ? '' : ` (${detail})`} after ${result.iterations} iterations, ` +
          `${(100 * summary.clippedFraction).toFixed(1)} % of them clipped: ` +
          `validation perplexity ${perplexity.toPrecision(4)}, digest ${summary.digest}`,
      );
    }
  }
} catch (error) {
  // A grpc-js ServiceError; its message says what the service found wrong.
  console.error((error as Error).message);
  process.exitCode = 1;
} finally {
  client.close();
}
