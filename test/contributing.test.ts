import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { execute } from './support/process.js';
import { type ServingProgram, serveProgram } from './support/program.js';
import { inRepository } from './support/root.js';

/** The code blocks of CONTRIBUTING.md whose first line names a file. */
const text = readFileSync(inRepository('CONTRIBUTING.md'), 'utf8');
const examples = [...text.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```/gm)].map(([, path = '', code = '']) => ({
  path,
  code,
}));

const run = {
  objective: { booth: {} },
  clipping: { deltaNorm: { threshold: 5 } },
  optimizer: { heavyBall: {} },
  budget: { maxIterations: 2000, gradientTolerance: 1e-9 },
};
interface Result {
  readonly reason: string;
  readonly parameters: readonly { readonly values: readonly number[] }[];
  readonly summary: { readonly digest: string };
}

describe('what CONTRIBUTING.md adds to a copy of the project', () => {
  const copy = mkdtempSync(join(tmpdir(), 'gradclip-contributing-'));
  let service: ServingProgram;
  before(async () => {
    for (const path of ['src', 'proto', 'assembly', 'scripts', 'asconfig.json', 'buf.yaml', 'package.json'])
      cpSync(inRepository(path), join(copy, path), { recursive: true });
    symlinkSync(inRepository('node_modules'), join(copy, 'node_modules'));
    const { compilerOptions } = JSON.parse(readFileSync(inRepository('tsconfig.json'), 'utf8')) as {
      compilerOptions: object;
    };
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    for (const { path, code } of examples) follow(path, code);
    const { code, stdout, stderr } = await execute('npm', ['run', 'build', '--silent', '--prefix', copy]);
    assert.equal(code, 0, stdout + stderr);
    service = await serveProgram({}, join(copy, 'dist/src/main.js'));
  });
  after(async () => {
    await service.stop();
    rmSync(copy, { recursive: true });
  });

  test('is a rule, an optimizer and an objective: each a file, a line and a message', () =>
    assert.equal(examples.length, 9));

  test('runs over REST', async () => {
    const { reason, parameters } = await overRest();
    assert.equal(reason, 'CONVERGED');
    const at = parameters[0]?.values.map((v) => Math.round(v * 1e9) / 1e9);
    assert.deepEqual(at, [1, 3]);
  });

  test('runs over gRPC with the same bits', async () => {
    assert.equal((await overGrpc()).summary.digest, (await overRest()).summary.digest);
  });

  test('is in the catalog', async () => {
    const catalog = (await (await fetch(`${service.http}/v1/catalog`)).json()) as Record<
      string,
      { kind: string }[]
    >;
    const last = ['clipping', 'optimizers', 'objectives'].map((list) => catalog[list]?.at(-1)?.kind);
    assert.deepEqual(last, ['deltaNorm', 'heavyBall', 'booth']);
  });

  /** What the text around a block says to do with it. */
  function follow(path: string, code: string): void {
    const file = join(copy, path);
    if (path.endsWith('/index.ts')) {
      const [, added = ''] = /\[\.\.\., (\w+)\]/.exec(code) ?? [];
      const [imported = ''] = /^import .*\n/.exec(code) ?? [];
      const list = readFileSync(file, 'utf8').replace(/,?\s*\]\)(,\n\);|;)\s*$/, `, ${added}])$1\n`);
      writeFileSync(file, imported + list);
    } else if (path.endsWith('.proto')) {
      const [field = '', ...message] = code.split('\n');
      const oneof = readFileSync(file, 'utf8').replace(/^( {2}oneof [\s\S]*?)\n {2}\}/m, `$1\n${field}\n  }`);
      writeFileSync(file, oneof + message.join('\n'));
    } else writeFileSync(file, code);
  }

  async function overRest(): Promise<Result> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify(run);
    const reply = await fetch(`${service.http}/v1/full-run`, { method: 'POST', headers, body });
    return (await reply.json()) as Result;
  }

  /** As a client with the proto files of the copy. */
  async function overGrpc(): Promise<Result> {
    const { FullRun } = loadSync('gradclip/v1/optimizer_service.proto', {
      includeDirs: [join(copy, 'proto')],
    })['gradclip.v1.OptimizerService'] as ServiceDefinition;
    const client = new Client(service.address, credentials.createInsecure());
    let last: { result?: Result } = {};
    const { path, requestSerialize, responseDeserialize } = FullRun as ServiceDefinition[string];
    for await (const event of client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      run,
    ))
      last = event as typeof last;
    client.close();
    return last.result as Result;
  }
});
