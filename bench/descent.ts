import { openDataDirectory } from '../src/runtime/data-directory.js';
import '../src/runtime/v8-flags.js';
import { descend } from '../src/core/descend.js';
import { GO } from '../src/core/iterate.js';
import { optimizers } from '../src/core/optimizers/index.js';
import { buildProblem, type RunSpec } from '../src/core/problem.js';
import { median, ratio } from './measure.js';
import { openScript } from './python.js';
import type { Table } from './table.js';

const SPEC: RunSpec = {
  objective: { rosenbrock: { dimension: 2 } },
  start: null,
  clipping: { globalNorm: { threshold: 1, norm: 2, epsilon: 0 } },
  optimizer: {
    sgd: { learningRate: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0, maximize: false },
  },
  schedule: null,
  thresholdSchedule: null,
  maxIterations: 2_000_000,
  gradientTolerance: 0,
  targetValue: -Infinity,
  every: 1,
  evaluateEvery: 1,
  fields: [],
};
const CONTEXT = {
  size: null,
  dtype: null,
  seed: 0,
  secondOrder: false,
  datasets: openDataDirectory(null),
};

/** Nanoseconds per iteration of a whole run. */
function perIteration(spec: RunSpec): number {
  const start = performance.now();
  const steps = descend(buildProblem(spec, CONTEXT), () => GO);
  for (let step = steps.next(); ; step = steps.next())
    if (step.done) return ((performance.now() - start) * 1e6) / step.value.iterations;
}

const SAMPLES = 9;
const withOptimizer = (spec: object): RunSpec => ({
  ...SPEC,
  optimizer: optimizers.spec.parse(spec),
  every: 1000,
});

const RUNS: Readonly<Record<string, RunSpec>> = {
  'Rosenbrock, every row': SPEC,
  'Rosenbrock, every 1000th row': { ...SPEC, every: 1000 },
  'quartic, every row': { ...SPEC, objective: { quartic: { dimension: 1 } } },
  'Rosenbrock, `momentum`, every 1000th row': withOptimizer({ sgd: { momentum: 0.9 } }),
  'Rosenbrock, `adam`, every 1000th row': withOptimizer({ adam: {} }),
  'Rosenbrock, `rmsprop`, every 1000th row': withOptimizer({ rmsprop: {} }),
};

export async function descent(): Promise<Table[]> {
  const { next, ask, close } = openScript('descent.py');
  const version = await next();
  const peer = async (): Promise<number> =>
    version === undefined ? Number.NaN : ((await ask(SPEC.maxIterations)) as number) * 1e9;
  const rows: string[][] = [];
  for (const [name, spec] of Object.entries(RUNS)) {
    const ours: number[] = [];
    const jax: number[] = [];
    for (let i = 0; i < SAMPLES; i++) {
      ours.push(perIteration(spec));
      jax.push(await peer());
    }
    const [best, middle, other] = [Math.min(...ours), median(ours), median(jax)];
    const beside = version === undefined ? ['-', '-'] : [other.toFixed(1), ratio(middle / other)];
    rows.push([name, best.toFixed(1), middle.toFixed(1), ...beside]);
  }
  close();
  return [
    {
      title: 'clipped descent in the core',
      note:
        '2·10⁶ iterations a sample with `globalNorm` and, unless it says another, plain `sgd`; 9 samples in turn with JAX, one thread. ' +
        'Every iteration writes its row of six metrics, or every 1000th. JAX: always the compiled loop of bench/peers/descent.py, which is the Rosenbrock descent and nothing else.',
      columns: ['run', 'best ns/iteration', 'median ns/iteration', 'JAX, median ns', 'median / JAX'],
      rows,
    },
  ];
}
