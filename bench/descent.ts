import { openDataDirectory } from '../src/runtime/data-directory.js';
import '../src/runtime/v8-flags.js';
import { descend } from '../src/core/descend.js';
import { GO } from '../src/core/iterate.js';
import { buildProblem, type RunSpec } from '../src/core/problem.js';
import { median } from './measure.js';
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

export function descent(): Table[] {
  const row = (name: string, spec: RunSpec): (string | number)[] => {
    const samples = Array.from({ length: 9 }, () => perIteration(spec));
    return [name, Math.min(...samples).toFixed(1), median(samples).toFixed(1)];
  };
  const quartic: RunSpec = { ...SPEC, objective: { quartic: { dimension: 1 } } };
  return [
    {
      title: 'clipped descent in the core',
      note: '2·10⁶ iterations a sample with `globalNorm` and plain `sgd`, 9 samples, one thread; every iteration writes its row of six metrics unless it says every 1000th.',
      columns: ['run', 'best ns/iteration', 'median ns/iteration'],
      rows: [
        row('Rosenbrock, dimension 2, every row', SPEC),
        row('Rosenbrock, dimension 2, every 1000th row', { ...SPEC, every: 1000 }),
        row('quartic, dimension 1, every row', quartic),
      ],
    },
  ];
}
