import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { objectiveMessage } from '../support/proto-json.js';
import { newRandom } from '../support/random.js';
import { startService, type TestService } from '../support/service.js';
import { grpc, type Run, rest, type Transport } from '../support/transports.js';

const random = newRandom(11);
const x = Array.from({ length: 3000 }, (_, i) => (4 * i) / 3000);
const y = x.map((xi) => 3 * Math.exp(-1.5 * xi) + 0.5);
const curve = {
  formula: 'mean((y - a*exp(-b*x) - c)^2)',
  parameters: { a: 1, b: 1, c: 0 },
  data: { inline: { columns: { x, y } } },
};
const lbfgs = { lbfgs: { lineSearchFn: 'strongWolfe', toleranceGrad: 0, toleranceChange: 0 } };
const flat = ({ result }: Run): number[] => result.parameters.flatMap(({ values }) => [...(values ?? [])]);

describe('descents on formulas', () => {
  let service: TestService;
  let directory: string;
  let transports: readonly Transport[];
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'gradclip-'));
    const lines = x.slice(0, 50).map((xi, i) => `${xi},${random()},${y[i]}`);
    writeFileSync(join(directory, 'decay.csv'), `time,noise,target\n${lines.join('\n')}\n`);
    service = await startService({ DATA_DIR: directory });
    transports = [rest(service), grpc(service)];
  });
  after(async () => {
    await service.stop();
    rmSync(directory, { recursive: true });
  });
  const run = (transport: Transport, spec: object, more: object = {}): Promise<Run> =>
    transport.run({
      objective: objectiveMessage({ expression: spec }),
      clipping: { globalNorm: { threshold: 1 } },
      optimizer: lbfgs,
      budget: { maxIterations: 200, gradientTolerance: 1e-10 },
      ...more,
    });
  const nearly = (found: readonly number[], expected: readonly number[], tolerance: number): void => {
    assert.equal(found.length, expected.length);
    found.forEach((v, i) => {
      assert.ok(Math.abs(v - (expected[i] as number)) <= tolerance, `${found} are not ${expected}`);
    });
  };

  test('fitting a curve finds the constants that the data were made with, to the same bits on both transports', async () => {
    const runs = await Promise.all(transports.map((transport) => run(transport, curve)));
    for (const { result } of runs) assert.equal(result.reason, 'CONVERGED');
    for (const found of runs) nearly(flat(found), [3, 1.5, 0.5], 1e-7);
    const [first, second] = runs as [Run, Run];
    assert.equal(first.result.summary.digest, second.result.summary.digest);
  });

  test('mini-batches find them too, each epoch in an order of the seed', async () => {
    const spec = { ...curve, batchSize: 64 };
    const more = {
      optimizer: { adam: { learningRate: 0.02 } },
      budget: { maxIterations: 6000 },
      seed: 5,
    };
    const runs = await Promise.all(transports.map((transport) => run(transport, spec, more)));
    for (const found of runs) nearly(flat(found), [3, 1.5, 0.5], 1e-3);
    const [first, second] = runs as [Run, Run];
    assert.equal(first.result.summary.digest, second.result.summary.digest);
    const other = await run(transports[1] as Transport, spec, { ...more, seed: 6 });
    assert.notEqual(other.result.summary.digest, first.result.summary.digest);
  });

  test('a batch of all rows gives the bits of no batches at all', async () => {
    const digests = await Promise.all(
      [curve, { ...curve, batchSize: x.length }].map(
        async (spec) => (await run(transports[0] as Transport, spec)).result.summary.digest,
      ),
    );
    assert.equal(digests[0], digests[1]);
  });

  test('a data set of the operator has columns by number, and by the names of its file', async () => {
    const spec = {
      formula: 'mean((target - a*exp(-b*f0) - c*f1)^2)',
      parameters: { a: 1, b: 1, c: 1 },
      data: { dataset: { name: 'decay' } },
    };
    const named = { ...spec, formula: 'mean((target - a*exp(-b*time) - c*noise)^2)' };
    assert.equal(
      (await run(transports[0] as Transport, named)).result.summary.digest,
      (await run(transports[1] as Transport, spec)).result.summary.digest,
    );
    const inline = {
      ...spec,
      formula: 'mean((y - a*exp(-b*x))^2)',
      parameters: { a: 1, b: 1 },
      data: { inline: { columns: { x: x.slice(0, 50), y: y.slice(0, 50) } } },
    };
    const fixed = { ...spec, parameters: { a: 1, b: 1 }, constants: { c: 0 } };
    const found = await Promise.all(
      [fixed, inline].map(async (each) => flat(await run(transports[1] as Transport, each))),
    );
    nearly(found[0] as number[], found[1] as number[], 1e-9);
    assert.equal((await run(transports[0] as Transport, spec)).result.reason, 'CONVERGED');
  });

  const DOMAIN: Readonly<Record<string, readonly [formula: string, detail: string]>> = {
    'a logarithm of a negative number': [
      'a + mean(log(x - 3*a))',
      'log of -2 at line 1, column 10 of the formula, row 1 is NaN',
    ],
    'a logarithm of zero': [
      'mean(log(a*x - 2))',
      'log of -1 at line 1, column 6 of the formula, row 1 is NaN',
    ],
    'a division by zero': [
      'a +\n mean(1/(x*a - 4))',
      '/ of 1 and 0 at line 2, column 8 of the formula, row 4 is Infinity',
    ],
    'a division of constants by zero': [
      'a + 1/0',
      '/ of 1 and 0 at line 1, column 6 of the formula is Infinity',
    ],
    'an overflow': ['exp(1000*a)', 'exp of 1000 at line 1, column 1 of the formula is Infinity'],
    'an overflow of a sum': ['sum(1e308*x)*a', 'is Infinity'],
    'a vector': ['sum(sqrt(p - a))', 'sqrt of -0.5 at line 1, column 5 of the formula, element 1 is NaN'],
    'a power': ['(-a)^0.3', '^ of -1 and 0.3 at line 1, column 5 of the formula is NaN'],
    'a derivative alone': [
      'sqrt(a - 1)',
      'component 0 of the gradient at iteration 0 is Infinity: / of 0.5 and 0 at line 1, column 1',
    ],
  };
  for (const [title, [formula, detail]] of Object.entries(DOMAIN))
    test(`${title} ends a run, which says where`, async () => {
      const xs = [9, 1, 2, 3, 4];
      const spec = { formula, parameters: { a: 1, p: [4, 0.5] }, data: { inline: { columns: { x: xs } } } };
      for (const transport of transports) {
        const { result } = await run(transport, spec);
        assert.equal(result.reason, 'DIVERGED');
        assert.ok(result.detail.includes(detail), result.detail);
      }
    });

  test('the row of a mini-batch is that of the data', async () => {
    const xs = Array.from({ length: 100 }, (_, i) => (i === 77 ? -1 : 1));
    const spec = {
      formula: 'mean(a*log(x))',
      parameters: { a: 1 },
      data: { inline: { columns: { x: xs } } },
      batchSize: 10,
    };
    const { result } = await run(transports[0] as Transport, spec, {
      optimizer: { sgd: { learningRate: 0.1 } },
    });
    assert.equal(result.reason, 'DIVERGED');
    assert.ok(
      result.detail.includes('log of -1 at line 1, column 8 of the formula, row 77 is NaN'),
      result.detail,
    );
  });

  test('a large formula over many rows is refused by its cost', async () => {
    const spec = { ...curve, formula: new Array(400).fill('mean(exp(a*x))').join('+') };
    const request = {
      objective: objectiveMessage({ expression: spec }),
      clipping: { none: {} },
      optimizer: lbfgs,
    };
    await assert.rejects(
      () => (transports[0] as Transport).run({ ...request, budget: { maxIterations: 4_000_000_000 } }),
      /the request would take about/,
    );
  });
});
