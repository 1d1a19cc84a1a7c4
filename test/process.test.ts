import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { parseConfig, settingsTable } from '../src/config.js';
import { execute } from './support/process.js';
import { type Exit, type Settings, serveProgram, startProgram } from './support/program.js';
import type { ClipReply } from './support/replies.js';
import { inRepository } from './support/root.js';
import { until } from './support/until.js';

const run = (settings: Settings, ...flags: string[]): Promise<Exit> => startProgram(settings, flags).exit;

/** What a shell would do with the printed curl command. */
async function asPrinted(command: string): Promise<string> {
  const curl = await execute('curl', ['--version']).catch(() => null);
  if (curl?.code === 0) return (await execute('sh', ['-c', command])).stdout;
  const [, url, type, body] = /^\s*curl -s (\S+) -H '([^']+)' \\\n\s*-d '([^']+)'$/m.exec(command) ?? [];
  const [name = '', value = ''] = (type ?? '').split(': ');
  const reply = await fetch(url ?? '', { method: 'POST', headers: { [name]: value }, body: body ?? '' });
  return reply.text();
}

describe('the program', () => {
  test('prints where it serves and a request that works as printed', async () => {
    const service = await serveProgram();
    assert.match(service.http, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(service.address, /^127\.0\.0\.1:\d+$/);
    const [command = ''] = /^ {2}curl [\s\S]+?\n\n/m.exec(service.stdout()) ?? [];
    const { reports } = JSON.parse(await asPrinted(command.trim())) as ClipReply;
    assert.deepEqual([reports[0]?.norm, reports[0]?.scale], [5, 0.2]);
    const { code, stderr } = await service.stop();
    assert.deepEqual([code, stderr], [0, '']);
  });

  test('gets the signals that npm sends to the shell of its start script', async () => {
    const { scripts } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    const built = scripts.start.replace('npm run build --silent', 'true');
    const shell = spawn('sh', ['-c', built], {
      cwd: inRepository(''),
      env: { PATH: process.env['PATH'], HTTP_PORT: '0', GRPC_PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    const ended = once(shell, 'exit');
    const all = shell.pid as number;
    let output = '';
    shell.stdout.on('data', (text) => {
      output += text;
    });
    await until('it serves', () => output.includes('serves HTTP on'));
    shell.kill('SIGTERM');
    const exit = await ended;
    // Ends what a failure would leave behind.
    assert.throws(() => process.kill(-all, 'SIGKILL'), { code: 'ESRCH' });
    assert.deepEqual(exit, [0, null]);
  });

  test('prints the settings in force and ends', async () => {
    const { code, stdout } = await run({ HTTP_PORT: '1234', GRACE_TIME: '2.5s' }, '--print-config');
    const config = JSON.parse(stdout) as Record<string, unknown>;
    assert.equal(code, 0);
    assert.deepEqual([config['HTTP_PORT'], config['GRPC_PORT'], config['GRACE_TIME']], [1234, 50051, 2500]);
  });

  test('explains every setting and ends', async () => {
    const { code, stdout } = await run({}, '--help');
    assert.equal(code, 0);
    for (const { name, fallback } of settingsTable())
      assert.match(stdout, new RegExp(`^ {2}${name} +${fallback.replace(/[.+]/g, '\\$&')} `, 'm'));
  });
});

describe('a setting that cannot be used is refused with its value and its limit:', () => {
  for (const [name, value, says] of [
    ['HTTP_PORT', '70000', '65535'],
    ['HTTP_PORT', '-1', 'whole number'],
    ['GRPC_PORT', 'http', 'whole number'],
    ['GRPC_PORT', '1.5', 'whole number'],
    ['WORKERS', '0', '1'],
    ['WORKERS', '9999', '1024'],
    ['UNARY_WORKERS', '0', '1'],
    ['QUEUE_LIMIT', '1000001', '1000000'],
    ['MAX_MESSAGE_BYTES', '10', '1024'],
    ['MAX_JSON_BYTES', '999999999999', '536870912'],
    ['MAX_OPERATIONS', 'many', 'number'],
    ['MAX_OPERATIONS', '0', '1'],
    ['MAX_BYTES', '1', '1048576'],
    ['WORKER_HEAP_MEGABYTES', '1', '32'],
    ['LOG_LEVEL', 'loud', 'trace'],
    ['GRACE_TIME', '10', '10s'],
    ['GRACE_TIME', '9999999s', '86400'],
  ] as const)
    test(`${name}=${value}`, () => {
      assert.throws(
        () => parseConfig({ [name]: value }),
        ({ message }: Error) => message.includes(`${name}="${value}"`) && message.includes(says),
      );
    });

  test('all of them at once, and the program ends with code 2', async () => {
    for (const flags of [[], ['--print-config']]) {
      const { code, stdout, stderr } = await run(
        { HTTP_PORT: 'a', WORKERS: '0', LOG_LEVEL: 'loud' },
        ...flags,
      );
      assert.deepEqual([code, stdout], [2, '']);
      for (const said of ['HTTP_PORT="a"', 'WORKERS="0"', 'LOG_LEVEL="loud"'])
        assert.ok(stderr.includes(said), stderr);
      assert.doesNotMatch(stderr, /\n {4}at /);
    }
  });
});

describe('a port that is taken ends the program with code 1 and says which:', () => {
  for (const [name, other] of [
    ['HTTP_PORT', 'GRPC_PORT'],
    ['GRPC_PORT', 'HTTP_PORT'],
  ] as const)
    test(name, async () => {
      const taken = createServer();
      const port = await new Promise<number>((resolve) =>
        taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
      );
      const { code, stderr } = await run({ [name]: String(port), [other]: '0', WORKERS: '1' });
      taken.close();
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^gradclip: .*EADDRINUSE.*127\\.0\\.0\\.1:${port}`, 'm'));
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
});
