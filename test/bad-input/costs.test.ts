import { heapOverhead } from '../../src/core/kernels/heap.js';
import { type Row, refusals } from '../support/refusals.js';

const vector = (n: number) => ({ shape: [n], values: new Array(n).fill(1) });
const flops = 'floating-point operations';
const over = (title: string, request: object, estimate: number, limit: number, unit = flops): Row => ({
  title,
  request,
  reason: 'COST_LIMIT',
  says: [`about ${estimate} ${unit}`, `the limit is ${limit}`],
  metadata: { unit, estimate: String(estimate), limit: String(limit) },
});
const few = { MAX_OPERATIONS: '100' };

refusals(
  'Clip refuses what costs more than the operator allows',
  'Clip',
  [
    over('operations', { gradients: [vector(34)], clipping: { none: {} } }, 102, 100),
    over(
      'operations, although only an estimate is asked for',
      {
        gradients: [vector(34)],
        clipping: { none: {} },
        validateOnly: true,
      },
      102,
      100,
    ),
  ],
  few,
);

const step = { parameters: [vector(9)], gradients: [vector(9)], optimizer: { sgd: {} } };
refusals(
  'GradientStep refuses what costs more than the operator allows',
  'GradientStep',
  [over('operations', step, 108, 100)],
  few,
);

refusals(
  'Evaluate refuses what costs more than the operator allows',
  'Evaluate',
  [over('operations of a Hessian', { objective: { quartic: { dimension: 3 } }, hessian: true }, 147, 100)],
  few,
);

refusals(
  'FullRun refuses what costs more than the operator allows',
  'FullRun',
  [
    over(
      'operations of all its iterations',
      {
        objective: { quartic: {} },
        optimizer: { sgd: {} },
        budget: { maxIterations: 9 },
      },
      170,
      100,
    ),
  ],
  few,
);

const run = { objective: { quartic: { dimension: 100_000_000 } }, optimizer: { adam: {} } };
refusals('FullRun refuses what needs more memory than the operator allows', 'FullRun', [
  // Six vectors, the batches of rows, and what a heap takes for itself.
  over('bytes of a hundred million variables', run, 4_800_524_288 + heapOverhead, 1_073_741_824, 'bytes'),
]);
