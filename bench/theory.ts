import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyMnist } from '../scripts/mnist.js';
import '../src/runtime/v8-flags.js';
import { clipping } from '../src/core/clipping/index.js';
import type { OptionalField } from '../src/core/columns.js';
import { descend } from '../src/core/descend.js';
import { FLUSH, GO } from '../src/core/iterate.js';
import { objectives } from '../src/core/objectives/index.js';
import { optimizers } from '../src/core/optimizers/index.js';
import { buildProblem } from '../src/core/problem.js';
import { bestPair, certificateOf } from '../src/core/theory/certificate.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';
import { median, numbers } from './measure.js';
import type { Table } from './table.js';

const DEGREES = [4, 8, 12, 16, 24, 50];
const POLYNOMIALS = 25;

export const theory = (): Table[] => [columns(), certificates()];

/** Milliseconds for the proof of one L0 and of a best pair, of polynomials with random coefficients. */
function certificates(): Table {
  const rows = DEGREES.map((degree) => {
    const all = Array.from({ length: degree > 24 ? 5 : POLYNOMIALS }, (_, i) => [
      ...numbers(2000).subarray(i * (degree + 1), (i + 1) * (degree + 1)),
    ]);
    const time = (prove: (c: readonly number[]) => unknown): number[] =>
      all.map((c) => {
        let best = Infinity;
        for (let i = 0; i < (degree > 24 ? 2 : 20); i++) {
          const start = performance.now();
          prove(c);
          best = Math.min(best, performance.now() - start);
        }
        return best;
      });
    const one = time((c) => certificateOf(c, 1.3));
    const pair = time((c) => bestPair(c, 1.3));
    return [degree, median(one), Math.max(...one), median(pair), Math.max(...pair)].map((x, i) =>
      i === 0 ? String(x) : x.toFixed(2),
    );
  });
  return {
    title: 'certificates of polynomials',
    note: 'Milliseconds, proof included: the least L0 for an L1, and the best pair for a threshold.',
    columns: ['degree', 'L0, median', 'L0, slowest', 'best pair, median', 'best pair, slowest'],
    rows,
  };
}

const COLUMNS: readonly OptionalField[] = ['budget', 'bound'];
const RUNS: readonly (readonly [string, object, number])[] = [
  ['Rosenbrock, dimension 2', { rosenbrock: { dimension: 2 } }, 1_000_000],
  ['x⁴, dimension 1', { quartic: { dimension: 1 } }, 1_000_000],
  ['x⁴, dimension 100', { quartic: { dimension: 100 } }, 200_000],
  ['Rosenbrock, dimension 1000', { rosenbrock: { dimension: 1000 } }, 30_000],
  [
    'softmax regression on MNIST, batch 256, float32',
    { softmaxRegression: { data: { dataset: { name: 'mnist' } }, batchSize: 256, dtype: 'float32' } },
    300,
  ],
];
const ROUNDS = 11;
const CONSTANTS = { l0: 1000, l1: 10, form: 'HESSIAN', origin: 'GIVEN' } as const;
const LEARNING_RATE = 1e-4;

/** What the two columns cost where every iteration writes its row. */
function columns(): Table {
  const directory = mkdtempSync(join(tmpdir(), 'gradclip-bench-'));
  copyMnist(directory);
  const context = {
    size: null,
    dtype: null,
    seed: 0,
    secondOrder: false,
    datasets: openDataDirectory(directory),
  };
  /** Nanoseconds per iteration, of the clock: the processor's time would count garbage that runs before have left. */
  function perIteration(objective: object, fields: readonly OptionalField[], maxIterations: number): number {
    const problem = buildProblem(
      {
        objective: objectives.spec.parse(objective),
        start: null,
        clipping: clipping.spec.parse({ globalNorm: { threshold: 1 } }),
        optimizer: optimizers.spec.parse({ sgd: { learningRate: LEARNING_RATE } }),
        schedule: null,
        thresholdSchedule: null,
        maxIterations,
        gradientTolerance: 0,
        targetValue: -Infinity,
        every: 1,
        evaluateEvery: 1,
        fields,
      },
      context,
    );
    const bound = { ...CONSTANTS, minimum: 0, threshold: 1, learningRate: LEARNING_RATE, unmet: [] };
    let begun = false;
    const steps = descend({ ...problem, bound }, () => {
      if (begun) return GO;
      begun = true;
      return FLUSH;
    });
    // Up to its first rows a run loads its data.
    steps.next();
    const before = performance.now();
    for (let step = steps.next(); ; step = steps.next())
      if (step.done) return ((performance.now() - before) * 1e6) / step.value.iterations;
  }
  const rows = RUNS.map(([name, objective, iterations]) => {
    const plain: number[] = [];
    const both: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      plain.push(perIteration(objective, [], iterations));
      both.push(perIteration(objective, COLUMNS, iterations));
    }
    const without = Math.min(...plain);
    const more = Math.min(...both) - without;
    return [name, without.toFixed(0), more.toFixed(0), ((100 * more) / without).toFixed(1)];
  });
  rmSync(directory, { recursive: true });
  return {
    title: 'the columns budget and bound',
    note: `Nanoseconds per iteration, every one with its row; the best of ${ROUNDS} runs each way, in turn. Below the noise of an iteration a difference means nothing.`,
    columns: ['run', 'without', 'the two columns', '%'],
    rows,
  };
}
