import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface Server {
  readonly http: string;
  readonly grpc: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Two, held at the same time, because a port that was let go may come again. */
async function freePorts(): Promise<[number, number]> {
  const probes = [createServer(), createServer()];
  const ports = await Promise.all(
    probes.map(async (probe) => {
      await once(probe.listen(0, '127.0.0.1'), 'listening');
      return (probe.address() as { port: number }).port;
    }),
  );
  for (const probe of probes) probe.close();
  return ports as [number, number];
}

async function start(script: string, settings: Readonly<Record<string, string>>): Promise<Server> {
  const [httpPort, grpcPort] = await freePorts();
  const log = openSync(join(mkdtempSync(join(tmpdir(), 'gradclip-bench-')), 'log'), 'w');
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], {
    env: { ...process.env, ...settings, HTTP_PORT: String(httpPort), GRPC_PORT: String(grpcPort) },
    stdio: ['ignore', log, 'inherit'],
  });
  const http = `http://127.0.0.1:${httpPort}`;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${script} ended with ${child.exitCode}`);
    if (
      await fetch(`${http}/livez`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await sleep(20);
  }
  return {
    http,
    grpc: `127.0.0.1:${grpcPort}`,
    pid: child.pid as number,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The service as it is started by hand: default settings, log lines into a file. */
export const startGradclip = (settings: Readonly<Record<string, string>> = {}): Promise<Server> =>
  start('../src/main.js', settings);

/** Bare servers that send back what they get. */
export const startEcho = (): Promise<Server> => start('./echo.js', {});
