import { micro } from './measure.js';
import type { Table } from './table.js';
import { ours } from './training.js';
import { longRnn, type Model, rnn } from './training-models.js';

const LENGTHS = [100, 1000, 10_000, 100_000];
const CELLS = ['linear', 'tanh', 'gru', 'lstm'];
const HIDDEN = 32;
const SAMPLES = 5;

const fastest = (model: Model): number => {
  const sample = ours(model);
  return Math.min(...Array.from({ length: SAMPLES }, sample));
};

/** Microseconds of a training step for each of its time steps; the same for every length where BPTT is linear. */
const row = (cell: string): (string | number)[] => [
  cell,
  ...LENGTHS.map((steps) => micro(fastest(rnn(cell, HIDDEN, 'float64', steps)) / 1000 / steps)),
];

/** Milliseconds of a training step where gradients come in at every step, and where they vanish. */
const vanishingRow = (cell: string, dtype: 'float64' | 'float32'): (string | number)[] => {
  const [every, last] = [fastest(longRnn(cell, dtype, 'every')), fastest(longRnn(cell, dtype, 'last'))];
  return [cell, dtype, every.toPrecision(3), last.toPrecision(3)];
};

export const bptt = (): Table[] => [
  {
    title: 'backpropagation through time over the length of the sequence',
    note:
      `Microseconds of a training step for each time step: one sequence of T steps of 8 numbers, ${HIDDEN} hidden units, a loss at every step, float64, one thread; ` +
      `the fastest of ${SAMPLES} samples.`,
    columns: ['cell', ...LENGTHS.map((steps) => `T = ${steps}`)],
    rows: CELLS.map(row),
  },
  {
    title: 'vanishing gradients',
    note:
      'Milliseconds of a training step: eight sequences of 1000 steps, 64 hidden units, a loss at every step or at the last only, where most derivatives are too small for the number format; ' +
      `one thread, the fastest of ${SAMPLES} samples.`,
    columns: ['cell', 'dtype', 'loss at every step ms', 'loss at the last ms'],
    rows: ['tanh', 'gru', 'lstm'].flatMap((cell) => [
      vanishingRow(cell, 'float32'),
      vanishingRow(cell, 'float64'),
    ]),
  },
];
