import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A script of bench/peers in a process of its own that answers lines of JSON with lines of JSON. */
export interface Script {
  /** The next line that it writes; undefined when it has left. */
  next(): Promise<unknown>;
  ask(request: unknown): Promise<unknown>;
  close(): void;
}

/** With the Python that `BENCH_PYTHON` names, or `python3`; where there is none it has left at once. */
export function openScript(
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Script {
  // Seen from dist/bench.
  const script = fileURLToPath(new URL(`../../bench/peers/${name}`, import.meta.url));
  const child = spawn(process.env['BENCH_PYTHON'] ?? 'python3', [script, ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...env },
  });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    return done ? undefined : JSON.parse(value);
  };
  return {
    next,
    ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return next();
    },
    close: () => void child.kill(),
  };
}
