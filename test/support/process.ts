import { spawn } from 'node:child_process';
import { type Settings, serveProgram } from './program.js';
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
export async function startProcess(settings: Settings = {}): Promise<ServiceProcess> {
  const { http, address, stop } = await serveProgram({ LOG_LEVEL: 'silent', ...settings });
  return { http, address, stop: async () => (await stop()).code };
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command in the repository's folder and waits for its end, five minutes at most. */
export function execute(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: inRepository(''),
      env: { ...process.env, ...environment },
      timeout: 300_000,
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
