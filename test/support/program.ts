import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { inRepository } from './root.js';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it wrote. */
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program as a child process. */
export interface Program {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

export type Settings = Readonly<Record<string, string>>;

/** Only these settings, whatever the environment of the tests has. */
const environment = (settings: Settings): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], ...settings });

const MAIN = inRepository('dist/src/main.js');

export function startProgram(
  settings: Settings = {},
  flags: readonly string[] = [],
  main: string = MAIN,
): Program {
  const child: ChildProcess = spawn(process.execPath, [main, ...flags], {
    env: environment(settings),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  return {
    pid: child.pid as number,
    exit: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, ...text }));
    }),
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    signal: (name) => child.kill(name),
  };
}

export interface ServingProgram extends Program {
  readonly http: string;
  readonly address: string;
  /** What it has logged so far. */
  logs(): LogLine[];
  /** SIGTERM, and its end. */
  stop(): Promise<Exit>;
}

export type LogLine = Readonly<Record<string, unknown>>;

export const logsOf = (stdout: string): LogLine[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);

/** The built service on free ports; resolves when it says where it listens. */
export async function serveProgram(settings: Settings = {}, main?: string): Promise<ServingProgram> {
  const all = {
    HTTP_PORT: '0',
    GRPC_PORT: '0',
    DRAIN_DELAY: '0s',
    GRACE_TIME: '2s',
    WORKERS: '1',
    ...settings,
  };
  const program = startProgram(all, [], main);
  const [http, address] = await serving(program);
  return {
    ...program,
    http,
    address,
    logs: () => logsOf(program.stdout()),
    stop() {
      program.signal('SIGTERM');
      return program.exit;
    },
  };
}

async function serving(program: Program): Promise<[http: string, grpc: string]> {
  let ended: Exit | null = null;
  program.exit.then((exit) => {
    ended = exit;
  });
  for (;;) {
    const match = /serves HTTP on (\S+) and gRPC on (\S+)\n/.exec(program.stdout());
    if (match !== null) return [match[1] as string, match[2] as string];
    if (ended !== null) throw new Error(`the service ended: ${JSON.stringify(ended)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const statusOf = (pid: number, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) /
  1024;

/** Resident memory of a process now and at its peak, MiB. */
export const memoryOf = ({ pid }: { readonly pid: number }): { now: number; peak: number } => ({
  now: statusOf(pid, 'VmRSS'),
  peak: statusOf(pid, 'VmHWM'),
});

export const threadsOf = ({ pid }: { readonly pid: number }): number =>
  readdirSync(`/proc/${pid}/task`).length;
export const handlesOf = ({ pid }: { readonly pid: number }): number => readdirSync(`/proc/${pid}/fd`).length;
