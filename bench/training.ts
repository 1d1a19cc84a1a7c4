import '../src/runtime/inlining.js';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CANCEL, descend, GO } from '../src/core/descend.js';
import { objectives } from '../src/core/objectives/index.js';
import { optimizers } from '../src/core/optimizers/index.js';
import { buildProblem, type RunSpec } from '../src/core/problem.js';
import { openDataDirectory } from '../src/runtime/data-directory.js';
import { median, ratio } from './measure.js';
import type { Table } from './table.js';
import { type Model, models } from './training-models.js';

/** The repository's script, seen from dist/bench. */
const SCRIPT = fileURLToPath(new URL('../../bench/peers/training.py', import.meta.url));
const PYTHON = process.env['BENCH_PYTHON'] ?? 'python3';
const SAMPLES = 30;
const SAMPLE_MS = 20;
const LIMIT_MS = 8000;
const CONTEXT = {
  size: null,
  dtype: null,
  seed: 0,
  secondOrder: false,
  datasets: openDataDirectory(null),
};

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
  every: 1_000_000,
  evaluateEvery: 1_000_000,
  fields: [],
});

interface Milliseconds {
  readonly best: number;
  readonly median: number;
}

/**
 * Milliseconds of an iteration of a run, by samples of several. A run asks once an iteration whether to go on, and is
 * stopped there after thirty samples, or a few of what takes long; the first two iterations are none.
 */
function ours(model: Model): Milliseconds {
  const samples: number[] = [];
  let [iteration, first, since, begin] = [0, 2, 0, 0];
  const poll = () => {
    const now = performance.now();
    if (iteration === 0) begin = now;
    if (iteration === first) since = now;
    if (iteration > first && now - since >= SAMPLE_MS) {
      samples.push((now - since) / (iteration - first));
      first = iteration;
      since = now;
    }
    iteration++;
    const enough = samples.length >= SAMPLES || (samples.length > 2 && now - begin > LIMIT_MS);
    return enough ? CANCEL : GO;
  };
  const run = descend(buildProblem(specOf(model), CONTEXT), poll);
  for (let step = run.next(); !step.done; step = run.next());
  return { best: Math.min(...samples), median: median(samples) };
}

interface Peer {
  readonly peer: string;
  readonly threads: number;
  readonly ms: number;
}

/** What the script printed; nothing where there is no Python with the libraries. */
function peers(name: string, threads: number): Peer[] {
  const { stdout, stderr, status } = spawnSync(PYTHON, [SCRIPT, name, String(threads)], { encoding: 'utf8' });
  if (status !== 0 || stdout === '')
    process.stderr.write(`${name}: no peers from ${PYTHON} ${SCRIPT}\n${stderr}\n`);
  return (stdout ?? '')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => ({ ...(JSON.parse(line) as { peer: string; ms: number }), threads }));
}

const digits = (ms: number): string => ms.toPrecision(3);

function row(model: Model): (string | number)[] {
  // Turn by turn: what else the machine does comes and goes.
  const rounds = [ours(model)];
  const one = peers(model.name, 1);
  rounds.push(ours(model));
  const two = peers(model.name, 2);
  rounds.push(ours(model));
  const best = Math.min(...rounds.map((round) => round.best));
  const typical = Math.min(...rounds.map((round) => round.median));
  const cell = (found: readonly Peer[]): string =>
    found.map(({ peer, ms }) => `${peer} ${digits(ms)}`).join(', ') || '-';
  const against = (found: readonly Peer[]): string =>
    found.length === 0 ? '-' : ratio(Math.min(...found.map(({ ms }) => ms)) / best);
  return [
    model.name,
    digits(best),
    digits(typical),
    cell(one),
    cell(two),
    against(one),
    against([...one, ...two]),
  ];
}

export function training(): Table[] {
  const known = new Set(objectives.plugins.map(({ kind }) => kind));
  return [
    {
      title: 'one training step beside PyTorch and JAX',
      note:
        'Milliseconds of forward, backward, clip of the global norm and SGD update; float32 unless said. Ours is an iteration of `descend` on one thread, before, between and after the peers, the fastest of up to 90 samples. ' +
        'PyTorch is eager, with its fused loops where it has them (LSTM, tanh), JAX one compiled function, NumPy by hand, each in a process of its own that is bound to one processor or to two, the fastest of up to 30 samples. ' +
        'The ratio is that of the fastest peer to ours, above 1 where ours is faster: on one thread, and with whichever number of threads suits the peer best.',
      columns: [
        'step',
        'ours ms',
        'ours, median',
        'peers, one thread ms',
        'peers, two threads ms',
        'ratio, one thread',
        'ratio',
      ],
      rows: models.filter(({ kind }) => known.has(kind)).map(row),
    },
  ];
}
