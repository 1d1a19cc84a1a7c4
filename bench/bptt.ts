import { micro } from './measure.js';
import type { Table } from './table.js';
import { ours } from './training.js';
import { rnn } from './training-models.js';

const LENGTHS = [100, 1000, 10_000, 100_000];
const CELLS = ['linear', 'tanh', 'gru', 'lstm'];
const HIDDEN = 32;
const SAMPLES = 5;

/** Microseconds of a training step for each of its time steps; the same for every length where BPTT is linear. */
function row(cell: string): (string | number)[] {
  const cells = LENGTHS.map((steps) => {
    const sample = ours(rnn(cell, HIDDEN, 'float64', steps));
    const ms = Math.min(...Array.from({ length: SAMPLES }, sample));
    return micro(ms / 1000 / steps);
  });
  return [cell, ...cells];
}

export const bptt = (): Table[] => [
  {
    title: 'backpropagation through time over the length of the sequence',
    note:
      `Microseconds of a training step for each time step: one sequence of T steps of 8 numbers, ${HIDDEN} hidden units, a loss at every step, float64, one thread; ` +
      `the fastest of ${SAMPLES} samples.`,
    columns: ['cell', ...LENGTHS.map((steps) => `T = ${steps}`)],
    rows: CELLS.map(row),
  },
];
