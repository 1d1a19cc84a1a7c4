import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { inRepository } from './root.js';

export interface ServiceProcess {
  /** Base URL. */
  readonly http: string;
  /** host:port of the gRPC server. */
  readonly address: string;
  /** Sends SIGTERM and resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** The service as `npm start` runs it, in a process of its own, on free ports. */
export async function startProcess(settings: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [inRepository('dist/src/main.js')], {
    env: { PATH: process.env['PATH'], HTTP_PORT: '0', GRPC_PORT: '0', LOG_LEVEL: 'silent', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { http, address } = await addresses(child);
  return {
    http,
    address,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await exited) as [number | null];
      return code;
    },
  };
}

/** Reads them where the process prints them. */
function addresses({ stdout }: ChildProcess): Promise<{ http: string; address: string }> {
  return new Promise((resolve, reject) => {
    let printed = '';
    stdout?.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /HTTP on (\S+) and gRPC on (\S+)/.exec(printed);
      if (found !== null) resolve({ http: found[1] as string, address: found[2] as string });
    });
    stdout?.once('end', () => reject(new Error(`the service ended: ${printed}`)));
  });
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the repository's folder and waits for its end, a minute at most. */
export function execute(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: inRepository(''),
      env: { ...process.env, ...environment },
      timeout: 60_000,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The first of the interpreters that has the module, or null. */
export async function pythonWith(module: string): Promise<string | null> {
  for (const python of ['python3', 'python'])
    try {
      if ((await execute(python, ['-c', `import ${module}`])).code === 0) return python;
    } catch {
      // There is no such program.
    }
  return null;
}
