// Trains softmax regression on MNIST over gRPC, with clipped gradients, and prints what happens.
// From the repository, with the service up: node dist/examples/typescript/train-mnist.js [iterations]
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

const iterations = Number(process.argv[2] ?? 2000);
const every = Math.max(1, Math.round(iterations / 10));
const run = client.fullRun(
  {
    objective: {
      softmaxRegression: { data: { dataset: { name: 'mnist' } }, batchSize: 256, dtype: 'float32' },
    },
    clipping: { globalNorm: { threshold: 0.3 } },
    optimizer: { sgd: { learningRate: 0.2, momentum: 0.9 } },
    schedule: { cosine: { steps: iterations } },
    budget: { maxIterations: iterations },
    metrics: { every, fields: ['evaluation'], evaluateEvery: every },
    seed: 1,
  },
  // When it passes, the run ends early and still sends its result.
  { deadline: new Date(Date.now() + 300_000) },
);
process.once('SIGINT', () => run.cancel());

function printRows({ firstIteration, stride, columns }: NonNullable<RunEvent['metrics']>): void {
  const at = (name: string, row: number): number =>
    columns.find((column) => column.name === name)?.values[row] ?? Number.NaN;
  for (let row = 0; row < (columns[0]?.values.length ?? 0); row++)
    console.log(
      `${String(firstIteration + row * stride).padStart(6)}  loss ${at('value', row).toFixed(4)}  ` +
        `‖g‖ ${at('gradientNorm', row).toFixed(4)} → ${at('clippedNorm', row).toFixed(4)}  ` +
        `validation accuracy ${(100 * at('validationAccuracy', row)).toFixed(2)} %`,
    );
}

try {
  for await (const { accepted, metrics, result } of run as AsyncIterable<RunEvent>) {
    if (accepted !== undefined)
      console.log(
        `accepted: about ${(accepted.estimate.floatingPointOperations / 1e9).toFixed(1)}e9 operations`,
      );
    if (metrics !== undefined) printRows(metrics);
    if (result !== undefined) {
      const accuracy = result.evaluation.find(({ name }) => name === 'validationAccuracy')?.value ?? 0;
      console.log(
        `${result.reason} after ${result.iterations} iterations, ` +
          `${(100 * result.summary.clippedFraction).toFixed(1)} % of them clipped: ` +
          `validation accuracy ${(100 * accuracy).toFixed(2)} %, digest ${result.summary.digest}`,
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
