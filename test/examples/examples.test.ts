import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { copyMnist } from '../../scripts/mnist.js';
import { copyMobyDick } from '../../scripts/moby-dick.js';
import type { VariantRow } from '../support/comparisons.js';
import { execute, type Finished, pythonWith } from '../support/process.js';
import type { ClipReply, EvaluateReply, Result, RunEvent } from '../support/replies.js';
import { inRepository } from '../support/root.js';
import { startService, type TestService } from '../support/service.js';

/** Every example as its user starts it, in a process of its own, with a small budget. */
describe('examples', () => {
  let service: TestService;
  const dataDirectory = mkdtempSync(join(tmpdir(), 'gradclip-examples-'));
  before(async () => {
    copyMnist(dataDirectory);
    copyMobyDick(dataDirectory);
    service = await startService({ DATA_DIR: dataDirectory });
  });
  after(async () => {
    await service.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  const start = (command: string, ...args: string[]): Promise<Finished> =>
    execute(command, args, { GRADCLIP_URL: service.http, GRADCLIP_ADDRESS: service.address });

  async function linesOf(command: string, ...args: string[]): Promise<string[]> {
    const { code, stdout, stderr } = await start(command, ...args);
    assert.equal(code, 0, stderr);
    return stdout.trimEnd().split('\n');
  }

  /** What the trainings print: one line for what was accepted, one for each of eleven rows, one for the result. */
  function checkTraining(lines: readonly string[]): string {
    assert.equal(lines.length, 13, lines.join('\n'));
    assert.match(lines[0] as string, /^accepted: about 0\.3e9 operations$/);
    lines.slice(1, 12).forEach((line, i) => {
      const row = /^ +(\d+) {2}loss \d\.\d{4} {2}‖g‖ (\S+) → (\S+) {2}validation accuracy (\S+) %$/.exec(
        line,
      );
      assert.ok(row !== null, line);
      assert.equal(Number(row[1]), 4 * i);
      // The last row made no update, so nothing was clipped.
      assert.ok(Number(row[3]) <= 0.3 || i === 10, line);
    });
    const result =
      /^MAX_ITERATIONS after 40 iterations, (\S+) % of them clipped: validation accuracy (\S+) %, digest (\w+)$/.exec(
        lines[12] as string,
      );
    assert.ok(result !== null, lines[12]);
    assert.ok(Number(result[1]) > 50, 'the threshold clips the first iterations');
    assert.ok(Number(result[2]) > 80, 'forty mini-batches teach a lot');
    return result[3] as string;
  }

  const withTypescript = () => linesOf(process.execPath, 'dist/examples/typescript/train-mnist.js', '40');

  it('typescript/train-mnist.ts trains and says so', async () => {
    checkTraining(await withTypescript());
  });

  it('typescript/train-mnist.ts says what the service refuses', async () => {
    const { code, stderr } = await start(
      process.execPath,
      'dist/examples/typescript/train-mnist.js',
      '4000000000',
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^9 FAILED_PRECONDITION: the request would take about \d+ floating-point operations/,
    );
  });

  it('typescript/train-novel.ts learns from the novel, clipped and not', async () => {
    const example = 'dist/examples/typescript/train-novel.js';
    for (const [threshold, share] of [
      ['0.1', '100'],
      ['none', '0'],
    ] as const) {
      const lines = await linesOf(process.execPath, example, '3', threshold);
      assert.equal(lines.length, 6, lines.join('\n'));
      assert.match(lines[0] as string, /^accepted: about \d+e9 operations$/);
      assert.match(
        lines[1] as string,
        new RegExp(
          `^ {5}0 {2}loss 4\\.4191 {2}validation perplexity +83\\.01 {2}‖g‖ 0\\.33\\d\\d {2}clipped +${share} %$`,
        ),
      );
      assert.match(
        lines[5] as string,
        /^MAX_ITERATIONS after 3 iterations, \S+ % of them clipped: validation perplexity \S+, digest \w+$/,
      );
    }
  });

  it('typescript/plot-mnist.ts draws the picture of the README, to the last byte', async () => {
    const { code, stdout, stderr } = await start(process.execPath, 'dist/examples/typescript/plot-mnist.js');
    assert.equal(code, 0, stderr);
    assert.equal(stdout, readFileSync(inRepository('docs/images/mnist.svg'), 'utf8'));
  });

  it('curl/train-mnist.sh streams the same run as lines and as events', async () => {
    const [accepted = '', ...rest] = await linesOf('examples/curl/train-mnist.sh', 'ndjson', '40');
    assert.ok((JSON.parse(accepted) as RunEvent).accepted !== undefined);
    assert.ok(rest.at(-1)?.startsWith('{"result":{"reason":"MAX_ITERATIONS","detail":"","iterations":40,'));
    assert.ok(rest.length >= 2 && rest.slice(0, -1).every((line) => line.startsWith('{"metrics":{')));
    const events = await linesOf('examples/curl/train-mnist.sh', 'sse', '40');
    const names = events.filter((line) => line.startsWith('event: ')).map((line) => line.slice(7));
    assert.deepEqual(
      [names[0], new Set(names.slice(1, -1)), names.at(-1)],
      ['accepted', new Set(['metrics']), 'result'],
    );
    const [value] = rest.at(-1)?.match(/"value":[\d.]+/) ?? [];
    assert.ok(
      value !== undefined && events.some((line) => line.includes(value)),
      'the same value at the end',
    );
  });

  it('curl/train-mnist.sh fails when the service refuses, and shows why', async () => {
    const { code, stdout } = await start('examples/curl/train-mnist.sh', 'ndjson', '4294967296');
    assert.notEqual(code, 0);
    assert.match(stdout, /"reason":"INVALID_FIELD"/);
  });

  it('curl/clip.sh clips by the global norm, tensor by tensor, and past a NaN', async () => {
    const replies = (await linesOf('examples/curl/clip.sh')).map((line) => JSON.parse(line) as ClipReply);
    const reports = replies.map((reply) =>
      reply.reports.map(({ norm, clippedNorm, nonFinite }) => [norm, clippedNorm, nonFinite]),
    );
    assert.deepEqual(reports, [
      [[15, 5, 0]],
      [
        [5, 5, 0],
        [Math.sqrt(200), 5, 0],
      ],
      [[5, 1, 1]],
    ]);
    assert.deepEqual(replies[1]?.gradients[0]?.values, [1, 2, 2, 4]);
    assert.deepEqual(replies[2]?.gradients[0]?.values?.[1], 0);
  });

  it('curl/compose.sh applies rules one after the other, and by groups', async () => {
    const replies = (await linesOf('examples/curl/compose.sh')).map((line) => JSON.parse(line) as ClipReply);
    const norms = replies.map((reply) => reply.reports.map(({ name, clippedNorm }) => [name, clippedNorm]));
    assert.deepEqual(norms, [
      [
        ['rules[0]', Math.sqrt(41)],
        ['rules[1]', 1],
      ],
      [
        ['groups[0]', 1],
        ['rest', Math.sqrt(200)],
        ['outer', 5],
      ],
    ]);
  });

  it('curl/shards.sh clips two shards as one gradient', async () => {
    const [combined = '', ...clipped] = await linesOf('examples/curl/shards.sh');
    assert.equal((JSON.parse(combined) as { norm: number }).norm, 13);
    const replies = clipped.map((line) => JSON.parse(line) as ClipReply);
    const values = replies.flatMap(({ gradients }) => gradients.flatMap((tensor) => tensor.values ?? []));
    assert.deepEqual(
      values,
      [3, 4, 12, 0, 0].map((v) => v * (1 / 13)),
    );
  });

  it('curl/gradient-step.sh takes three steps of Adam, each of the learning rate', async () => {
    const lines = await linesOf('examples/curl/gradient-step.sh');
    assert.equal(lines.length, 3);
    lines.forEach((line, i) => {
      const [, step, x, y, state] =
        /^step (\d): x = \[(\S+),(\S+)\], state of (\d+) characters$/.exec(line) ?? [];
      assert.equal(Number(step), i + 1);
      // Adam's steps are of length γ = 0.1 per component as long as the gradient keeps its sign and size.
      assert.ok(Math.abs(3 - 0.1 * (i + 1) - Number(x)) < 1e-3, line);
      assert.ok(Math.abs(4 - 0.1 * (i + 1) - Number(y)) < 1e-3, line);
      assert.ok(Number(state) > 100, line);
    });
  });

  it('curl/evaluate.sh prints the Hessian and its first column as a product', async () => {
    const [line = ''] = await linesOf('examples/curl/evaluate.sh');
    const { hessian, hessianVectorProducts } = JSON.parse(line) as EvaluateReply;
    assert.deepEqual(hessian.values, [1330, 480, 480, 200]);
    assert.deepEqual(hessianVectorProducts, [
      [{ name: 'x', shape: [2], dtype: 'float64', values: [1330, 480] }],
    ]);
  });

  it('curl/fit-curve.sh fits a curve, and says where a logarithm left its domain', async () => {
    const [fitted = '', diverged = ''] = await linesOf('examples/curl/fit-curve.sh');
    const { reason, parameters } = JSON.parse(fitted) as Result;
    assert.equal(reason, 'CONVERGED');
    assert.deepEqual(
      parameters.map(({ name, values }) => [name, Math.round((values?.[0] ?? 0) * 100) / 100]),
      [
        ['a', 2.02],
        ['b', 0.51],
        ['c', 0.48],
      ],
    );
    assert.match(
      (JSON.parse(diverged) as Result).detail,
      /: log of -0\.5 at line 1, column 13 of the formula, row 0 is NaN$/,
    );
  });

  it('curl/compare.sh shows which of three descents stay, a row for each', async () => {
    const lines = await linesOf('examples/curl/compare.sh');
    const { rows } = JSON.parse(lines.join('')) as { rows: readonly VariantRow[] };
    assert.equal(lines.length, rows.length);
    assert.deepEqual(
      rows.map(({ name, reason, stable }) => [name, reason, stable]),
      [
        ['plain', 'DIVERGED', false],
        ['clipped', 'MAX_ITERATIONS', true],
        ['adam', 'CONVERGED', true],
      ],
    );
    const [plain = 0, clipped = 0] = rows.map(({ largestStableLearningRate }) => largestStableLearningRate);
    assert.ok(plain < 0.01 && clipped > 0.1, `${plain}, ${clipped}`);
  });

  it('python/clip_bytes.py clips bare bytes and shows a refusal', async (t) => {
    const python = await pythonWith('urllib.request');
    if (python === null) {
      t.diagnostic('not run: there is no Python here; the same request is sent by fetch');
      const reply = await fetch(`${service.http}/v1/clip?globalNorm.threshold=1&dtype=float32`, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream' },
        body: Float32Array.of(3, 4, 0, 12),
      });
      assert.equal(reply.headers.get('gradclip-norm'), '13');
      return;
    }
    assert.deepEqual(await linesOf(python, 'examples/python/clip_bytes.py'), [
      'norm 13.0 times 0.076923: 0.230769 0.307692 0.000000 0.923077',
      '1000000 numbers, norm 2.000001 times 0.500000',
      '400: gradients[0].values[1] is NaN in tensor "0"; nonFinite REJECT allows finite numbers only',
    ]);
  });

  it('python/train_mnist.py ends with the same bits as the TypeScript client', async (t) => {
    const python = await pythonWith('grpc_tools');
    if (python !== null) {
      const digest = checkTraining(await linesOf(python, 'examples/python/train_mnist.py', '40'));
      assert.equal(digest, checkTraining(await withTypescript()));
      return;
    }
    const plain = await pythonWith('ast');
    t.diagnostic(
      `not run: no Python with grpcio-tools; ${plain === null ? 'nor any other' : 'its syntax is checked'}`,
    );
    if (plain !== null)
      await linesOf(plain, '-c', 'import ast; ast.parse(open("examples/python/train_mnist.py").read())');
  });
});
