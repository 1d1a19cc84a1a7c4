import '../src/runtime/v8-flags.js';
import { descend } from '../src/core/descend.js';
import { FLUSH, GO } from '../src/core/iterate.js';
import { type Accelerator, installAccelerator } from '../src/core/kernels/accelerator.js';
import { objectives } from '../src/core/objectives/index.js';
import { optimizers } from '../src/core/optimizers/index.js';
import { buildProblem, type RunSpec } from '../src/core/problem.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';
import { openOpenBlas } from '../src/runtime/openblas.js';
import { median, ratio } from './measure.js';
import type { Table } from './table.js';
import { type Model, models } from './training-models.js';
import { openPeers, type Peers } from './training-peers.js';

/** Each takes at least so long, or one step; no more of them than fit into the limit. */
const SAMPLE_MS = 20;
const ROUNDS = 30;
const LIMIT_MS = 30_000;
const CONTEXT = { size: null, dtype: null, seed: 0, secondOrder: false, datasets: openDataDirectory(null) };

const specOf = ({ kind, parameters }: Model): RunSpec => ({
  objective: objectives.spec.parse({ [kind]: parameters() }),
  start: null,
  clipping: { globalNorm: { threshold: 0.25, norm: 2, epsilon: 0 } },
  optimizer: optimizers.spec.parse({ sgd: { learningRate: 1e-3 } }),
  schedule: null,
  thresholdSchedule: null,
  maxIterations: Number.MAX_SAFE_INTEGER,
  gradientTolerance: 0,
  targetValue: -Infinity,
  every: 1,
  evaluateEvery: 1,
  fields: [],
});

/** The OpenBLAS that `BENCH_BLAS` names: the same steps with it, and its name. */
const blas = process.env['BENCH_BLAS'] === undefined ? null : openOpenBlas(process.env['BENCH_BLAS']);

/** Milliseconds of an iteration of a run, the mean of some; the run goes on from sample to sample. */
export function ours(model: Model, accelerator: Accelerator | null = null): () => number {
  // A run keeps what was installed as its memory was made.
  installAccelerator(accelerator);
  let left = 0;
  // Asked once an iteration, a run hands out its rows, and with them the word, after as many as were wanted.
  const run = descend(buildProblem(specOf(model), CONTEXT), () => (--left > 0 ? GO : FLUSH));
  const elapsed = (steps: number): number => {
    left = steps;
    const start = performance.now();
    while (left > 0) run.next();
    return performance.now() - start;
  };
  elapsed(2);
  let steps = 1;
  while (elapsed(steps) < SAMPLE_MS) steps *= 2;
  return () => elapsed(steps) / steps;
}

const digits = (ms: number): string => ms.toPrecision(3);

async function row(model: Model): Promise<(string | number)[]> {
  const peers: Peers[] = [];
  for (const threads of [1, 2]) {
    const opened = await openPeers(model.name, threads);
    if (opened !== null) peers.push(opened);
  }
  const own = ours(model);
  const accelerated = blas === null ? null : ours(model, blas);
  const mine: number[] = [];
  const faster: number[] = [];
  const theirs = peers.flatMap((one) => one.names.map((name) => ({ one, name, samples: [] as number[] })));
  // Turn by turn: what else the machine does comes and goes.
  const start = performance.now();
  for (let i = 0; i < ROUNDS && (i < 3 || performance.now() - start < LIMIT_MS); i++) {
    mine.push(own());
    if (accelerated !== null) faster.push(accelerated());
    for (const { one, name, samples } of theirs) samples.push(await one.sample(name));
  }
  for (const one of peers) one.close();
  const best = Math.min(...mine);
  const of = (threads: number) =>
    theirs
      .filter(({ one }) => one.threads <= threads)
      .map(({ one, name, samples }) => ({ threads: one.threads, name, ms: Math.min(...samples) }));
  const cell = (threads: number): string =>
    of(threads)
      .filter((one) => one.threads === threads)
      .map(({ name, ms }) => `${name} ${digits(ms)}`)
      .join(', ') || '-';
  const against = (threads: number, time = best): string =>
    theirs.length === 0 ? '-' : ratio(Math.min(...of(threads).map(({ ms }) => ms)) / time);
  const bestFaster = Math.min(...faster);
  return [
    ...[model.name, digits(best), digits(median(mine)), cell(1), cell(2), against(1), against(2)],
    ...(accelerated === null ? [] : [digits(bestFaster), against(1, bestFaster)]),
  ];
}

export async function training(): Promise<Table[]> {
  const known = new Set(objectives.plugins.map(({ kind }) => kind));
  const rows: (string | number)[][] = [];
  for (const model of models) if (known.has(model.kind)) rows.push(await row(model));
  return [
    {
      title: 'one training step beside PyTorch and JAX',
      note:
        'Milliseconds of forward, backward, clip of the global norm and SGD update; float32 unless said; the fastest of up to 30 samples that all took in turn. Ours is an iteration of a run on one thread. ' +
        'PyTorch is eager, with its fused loops where it has them (LSTM, tanh), JAX one compiled function, NumPy by hand, in processes of their own, one bound to one processor and one to two. ' +
        (blas === null ? '' : `The last columns are ours with ${blas.name}. `) +
        'The ratio is that of the fastest peer to ours, above 1 where ours is faster: on one thread, and with whichever number of threads suits the peer best.',
      columns: [
        'step',
        'ours ms',
        'ours, median',
        'peers, one thread ms',
        'peers, two threads ms',
        'ratio, one thread',
        'ratio',
        ...(blas === null ? [] : ['with OpenBLAS ms', 'its ratio, one thread']),
      ],
      rows,
    },
  ];
}
