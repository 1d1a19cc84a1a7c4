import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Seen from dist/bench. */
const SCRIPT = fileURLToPath(new URL('../../bench/peers/optimizers.py', import.meta.url));

export interface Peer {
  readonly version: string;
  /** Seconds of one step, the mean of `calls`; null for an optimizer that PyTorch lacks. */
  sample(name: string, dtype: string, calls: number): Promise<number | null>;
  close(): void;
}

/** PyTorch in a process of its own; null where there is no Python that has it. */
export async function openPyTorch(): Promise<Peer | null> {
  const child = spawn(process.env['BENCH_PYTHON'] ?? 'python3', [SCRIPT], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  const version = await next();
  if (version === undefined) return null;
  return {
    version: String(version),
    async sample(...request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await next();
      if (answer === undefined) throw new Error(`PyTorch left at ${request.join(' ')}`);
      return answer as number | null;
    },
    close: () => void child.kill(),
  };
}
