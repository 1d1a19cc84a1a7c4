import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copyMnist } from '../scripts/mnist.js';
import { copyMobyDick } from '../scripts/moby-dick.js';
import { parseConfig, settingsTable } from '../src/config.js';
import { type Block, blocksOf, disagreement } from './support/markdown.js';
import { execute, pythonWith, type ServiceProcess, startProcess } from './support/process.js';
import { inRepository } from './support/root.js';

const read = (path: string): string => readFileSync(inRepository(path), 'utf8');
const readme = read('README.md');
const theory = read('docs/theory.md');

/** Commands about the repository itself. CI runs the first; the rest only have to exist. */
const ABOUT_THE_REPOSITORY = /^(npm (ci|run|start|test)|DATA_DIR=\S+ npm start)\b/;
const NEEDS_GRPCIO = 'python3 examples/python/train_mnist.py';

const isCommand = ({ language }: Block): boolean => language === 'sh';
const linesOf = ({ text }: Block): string[] => text.split('\n');

const lastLine = (text: string): string => text.trim().split('\n').at(-1) as string;

/** The block that shows what a command prints is the next one that is no command itself. */
function replyTo(blocks: readonly Block[], command: Block): Block | undefined {
  return blocks.slice(blocks.indexOf(command) + 1).find((block) => !isCommand(block));
}

describe('README and docs/theory.md', () => {
  let service: ServiceProcess;
  const dataDirectory = mkdtempSync(join(tmpdir(), 'gradclip-readme-'));
  before(async () => {
    copyMnist(dataDirectory);
    copyMobyDick(dataDirectory);
    service = await startProcess({ DATA_DIR: dataDirectory });
  });
  after(async () => {
    assert.equal(await service.stop(), 0);
    rmSync(dataDirectory, { recursive: true });
  });

  /** The command as it stands, but for the ports: other services may hold the default ones. */
  async function run(command: string): Promise<string> {
    const moved = command
      .replaceAll('http://127.0.0.1:8080', service.http)
      .replaceAll('127.0.0.1:50051', service.address);
    const { code, stdout, stderr } = await execute('bash', ['-euo', 'pipefail', '-c', moved], {
      GRADCLIP_URL: service.http,
      GRADCLIP_ADDRESS: service.address,
    });
    assert.equal(code, 0, `${command}\nended with ${code}: ${stderr}`);
    return stdout;
  }

  interface Example {
    readonly path: string;
    readonly block: Block;
    readonly shown: Block | undefined;
  }
  const examplesOf = (path: string, text: string): Example[] => {
    const blocks = blocksOf(text);
    return blocks
      .filter((block) => isCommand(block) && !linesOf(block).every((line) => ABOUT_THE_REPOSITORY.test(line)))
      .map((block) => ({ path, block, shown: replyTo(blocks, block) }));
  };
  const examples = examplesOf('README.md', readme);

  for (const { path, block, shown } of [...examples, ...examplesOf('docs/theory.md', theory)]) {
    const [first = ''] = linesOf(block);
    it(`${path}, line ${block.line}, ${first.slice(0, 70)}: prints what is shown`, async (t) => {
      assert.ok(shown !== undefined, 'nothing shows what it prints');
      if (block.text.includes(NEEDS_GRPCIO)) {
        const python = await pythonWith('grpc_tools');
        t.diagnostic(python === null ? 'not run: no Python here has grpcio-tools' : `run with ${python}`);
        for (const path of ['examples/python/requirements.txt', 'examples/python/train_mnist.py'])
          assert.ok(block.text.includes(path) && existsSync(inRepository(path)), path);
        if (python === null) return;
        assert.equal(
          disagreement(shown, lastLine(await run(`${python} examples/python/train_mnist.py`))),
          null,
        );
        return;
      }
      const printed = await run(block.text);
      const only = shown.language === 'text' ? lastLine(printed) : printed;
      const apart = disagreement(shown, only);
      assert.equal(apart, null, `shown, but not printed:\n${apart}\nprinted:\n${only.slice(0, 2000)}`);
    });
  }

  it('shows every operation, over REST and gRPC, in ten examples at least', () => {
    const all = examples.map(({ block }) => block.text).join('\n');
    for (const path of ['clip', 'gradient-step', 'evaluate', 'full-run', 'compare', 'step-size'])
      assert.ok(all.includes(`http://127.0.0.1:8080/v1/${path}`), path);
    assert.ok(all.includes('gradclip.v1.OptimizerService'));
    assert.ok(examples.length >= 10, String(examples.length));
  });

  it('would be found out if a single digit of a reply were wrong', async () => {
    const { block, shown } = examples.find(({ block }) =>
      block.text.includes('/v1/evaluate'),
    ) as Required<Example>;
    assert.ok(shown !== undefined);
    const printed = await run(block.text);
    assert.equal(disagreement(shown, printed), null);
    for (const [right, wrong] of [
      ['232.86768775422664', '232.86768775422665'],
      ['"x"', '"y"'],
      ['1330', '1331'],
      ['480', '480, 0'],
    ] as const) {
      assert.ok(shown.text.includes(right));
      assert.notEqual(disagreement({ ...shown, text: shown.text.replace(right, wrong) }, printed), null);
    }
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(inRepository('package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?(start|test|[a-z]+(?::[a-z-]+)?)\b/g)].map(
      ([, name]) => name,
    );
    for (const name of named) assert.ok(name === 'ci' || (name as string) in scripts, `npm run ${name}`);
  });

  it('names settings that exist, with the defaults that they have', () => {
    const known = settingsTable().map(({ name }) => name);
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \|/gm)];
    assert.ok(rows.length >= 5);
    for (const [, name = '', shown = ''] of rows) {
      assert.ok(known.includes(name), name);
      if (name === 'WORKERS') assert.equal(shown, 'cores');
      else assert.deepEqual(parseConfig({ [name]: shown.trim() }), parseConfig({}), name);
    }
  });
});
