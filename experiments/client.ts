import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ClientReadableStream, credentials, loadPackageDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The repository, from dist/experiments/. */
export const ROOT = join(import.meta.dirname, '../..');

/** The messages of proto/gradclip/v1, as far as they are read here. */
interface RunEvent {
  readonly metrics?: {
    readonly columns: readonly { readonly name: string; readonly values: readonly number[] }[];
  };
  readonly result?: Result;
}
export interface Result {
  readonly reason: string;
  readonly iterations: number;
  readonly evaluation: readonly { readonly name: string; readonly value: number }[];
  readonly summary: {
    readonly clippedFraction: number;
    readonly computeSeconds: number;
    readonly digest: string;
  };
}

/** A finished run: its last event and every column, a number for each reported iteration. */
export interface Run {
  readonly result: Result;
  column(name: string): readonly number[];
}

type Unary = 'AnalyzeGradientFlow' | 'AnalyzeSmoothness' | 'Clip' | 'Evaluate' | 'RecommendStepSize';

/** The service as experiments see it. */
export interface Client {
  run(request: object): Promise<Run>;
  unary<T>(rpc: Unary, request: object): Promise<T>;
  /** What the service has computed for this client so far; of unary calls the time to the reply. */
  seconds(): number;
  close(): void;
}

type Reply<T> = (error: Error | null, reply: T) => void;
interface Stub extends Record<Unary, (request: object, done: Reply<unknown>) => void> {
  FullRun(request: object): ClientReadableStream<RunEvent>;
  close(): void;
}

export function connect(address: string): Client {
  const loaded = loadSync('gradclip/v1/optimizer_service.proto', {
    includeDirs: [join(ROOT, 'proto')],
    arrays: true,
    longs: Number,
  });
  const { gradclip } = loadPackageDefinition(loaded) as unknown as {
    gradclip: { v1: { OptimizerService: new (...args: unknown[]) => Stub } };
  };
  const stub = new gradclip.v1.OptimizerService(address, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  let seconds = 0;
  return {
    async run(request) {
      const columns = new Map<string, number[]>();
      for await (const { metrics, result } of stub.FullRun(request) as AsyncIterable<RunEvent>) {
        for (const { name, values } of metrics?.columns ?? []) {
          const column = columns.get(name);
          if (column === undefined) columns.set(name, [...values]);
          else column.push(...values);
        }
        if (result === undefined) continue;
        seconds += result.summary.computeSeconds;
        return { result, column: (name) => columns.get(name) ?? [] };
      }
      throw new Error('the stream ended without a result');
    },
    unary: <T>(rpc: Unary, request: object) =>
      new Promise<T>((resolve, reject) => {
        const from = Date.now();
        stub[rpc](request, (error, reply) => {
          seconds += (Date.now() - from) / 1000;
          if (error === null) resolve(reply as T);
          else reject(error);
        });
      }),
    seconds: () => seconds,
    close: () => stub.close(),
  };
}

/** The service in a process of its own on free ports, with a thread for runs on each core. */
export async function startService(): Promise<{ readonly address: string; stop(): void }> {
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], {
    env: { ...process.env, HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'warn', WORKERS: String(WORKERS) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // Also when this process ends by an error.
  process.once('exit', () => child.kill('SIGTERM'));
  const address = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const [, found] = /gRPC on (\S+)\n/.exec(text) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(`the service did not start: ${text}`)));
  });
  return { address, stop: () => child.kill('SIGTERM') };
}

export const WORKERS = availableParallelism();

/** Results of all jobs in their order, as many at a time as there are threads for runs. */
export async function inParallel<T>(jobs: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < jobs.length; i = next++) results[i] = await (jobs[i] as () => Promise<T>)();
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return results;
}
