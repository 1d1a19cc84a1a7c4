import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Seen from dist/bench. */
const SCRIPT = fileURLToPath(new URL('../../bench/peers/training.py', import.meta.url));

/** A process of its own with the peers of one model, bound to a number of processors. */
export interface Peers {
  readonly threads: number;
  readonly names: readonly string[];
  /** Milliseconds of a step, the mean of some. */
  sample(name: string): Promise<number>;
  close(): void;
}

/** Null where there is no Python with the libraries. */
export async function openPeers(model: string, threads: number): Promise<Peers | null> {
  const child = spawn(process.env['BENCH_PYTHON'] ?? 'python3', [SCRIPT, model, String(threads)], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const names = (await next()) as string[] | undefined;
  if (names === undefined || names.length === 0) {
    child.kill();
    return null;
  }
  return {
    threads,
    names,
    async sample(name) {
      child.stdin.write(`${JSON.stringify(name)}\n`);
      const ms = await next();
      if (ms === undefined) throw new Error(`${name} left at ${model}`);
      return ms as number;
    },
    close: () => void child.kill(),
  };
}
