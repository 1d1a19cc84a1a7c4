import { type Row, refusals } from '../support/refusals.js';

const zeros = (...shape: number[]) => ({
  shape,
  values: new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(0),
});
const inputs = zeros(4, 3, 2);
const recurrent = (inline: object, more: object = {}) => ({
  objective: { recurrent: { data: { inline }, ...more } },
});
const fits = { inputs, targets: zeros(4, 3, 1) };
const labels = (...values: number[]) => ({ shape: [4, 1], values });
const row = zeros(4, 1, 2);

const rows: Row[] = [
  {
    title: 'a sequence without steps',
    request: recurrent({ inputs: zeros(0, 3, 2), targets: zeros(0, 3, 1) }),
    path: 'objective.recurrent.data.inline.inputs',
    says: ['no numbers', '[0, 3, 2]'],
  },
  {
    title: 'inputs that are no sequence',
    request: recurrent({ inputs: zeros(4), targets: zeros(4) }),
    path: 'objective.recurrent.data.inline.inputs',
    says: ['steps x sequences x features', '[4]'],
  },
  {
    title: 'targets of fewer steps than inputs',
    request: recurrent({ inputs, targets: zeros(3, 3, 1) }),
    path: 'objective.recurrent.data.inline.targets',
    says: ['[4, 3, outputs]', '[3, 3, 1]'],
  },
  {
    title: 'targets of every step where the last one alone has some',
    request: recurrent(fits, { lossAt: 'last' }),
    path: 'objective.recurrent.data.inline.targets',
    says: ['[3, outputs]', '[4, 3, 1]'],
  },
  {
    title: 'cross-entropy without labels',
    request: recurrent(fits, { loss: 'crossEntropy' }),
    path: 'objective.recurrent.data.inline.labels',
    says: ['needs labels and no targets'],
  },
  {
    title: 'labels beside targets',
    request: recurrent({ ...fits, labels: zeros(4, 3) }),
    path: 'objective.recurrent.data.inline.labels',
    says: ['needs targets and no labels'],
  },
  {
    title: 'a label that is no class',
    request: recurrent({ inputs: row, labels: labels(0, 1, 2, 3) }, { loss: 'crossEntropy', classes: 3 }),
    path: 'objective.recurrent.data',
    says: ['below 3 classes', 'got 3'],
  },
  {
    title: 'a label that is no integer',
    request: recurrent({ inputs: row, labels: labels(0, 1, 0.5, 0) }, { loss: 'crossEntropy' }),
    path: 'objective.recurrent.data',
    says: ['integers between 0 and 65535'],
  },
  {
    title: 'classes where there are none',
    request: recurrent(fits, { classes: 3 }),
    path: 'objective.recurrent.classes',
    says: ['crossEntropy'],
  },
  {
    title: 'a layer without units',
    request: recurrent(fits, { hiddenSize: 0 }),
    path: 'objective.recurrent.hiddenSize',
    says: ['>= 1', 'got 0'],
  },
  {
    title: 'no layer',
    request: recurrent(fits, { layers: 0 }),
    path: 'objective.recurrent.layers',
    says: ['>= 1', 'got 0'],
  },
  {
    title: 'a cell that is not known',
    request: recurrent(fits, { cell: 'elman' }),
    path: 'objective.recurrent.cell',
    says: ['"lstm"', 'got "elman"'],
  },
  {
    title: 'a first state of another size',
    request: recurrent(fits, { hiddenSize: 5, initialState: zeros(4) }),
    path: 'objective.recurrent.initialState',
    says: ['[5] or [3, 5] or [1, 3, 5]', '[4]'],
  },
  {
    title: 'a first cell where there is none',
    request: recurrent(fits, { cell: 'gru', initialCell: zeros(32) }),
    path: 'objective.recurrent.initialCell',
    says: ['lstm', 'got gru'],
  },
  {
    title: 'learned states of sequences that are not always there',
    request: recurrent(fits, { learnInitialState: true, batchSize: 2 }),
    path: 'objective.recurrent.learnInitialState',
    says: ['all 3', 'batchSize is 2'],
  },
  {
    title: 'a truncation after no step',
    request: recurrent(fits, { truncation: { length: 0 } }),
    path: 'objective.recurrent.truncation.length',
    says: ['>= 1', 'got 0'],
  },
  {
    title: 'the double sum of a cell that is not linear',
    request: recurrent(fits, { gradientMethod: 'doubleSum' }),
    path: 'objective.recurrent.gradientMethod',
    says: ['cell linear', 'tanh'],
  },
  {
    title: 'forward accumulation with truncation',
    request: recurrent(fits, {
      cell: 'linear',
      gradientMethod: 'forwardAccumulation',
      truncation: { length: 2 },
    }),
    path: 'objective.recurrent.gradientMethod',
    says: ['no truncation'],
  },
  {
    title: 'a data set that is not there',
    request: { objective: { recurrent: { data: { dataset: { name: 'nowhere' } } } } },
    path: 'objective.recurrent.data.dataset.name',
    says: ['no data set "nowhere"'],
  },
  {
    title: 'parameters that do not chain',
    request: {
      ...recurrent(fits, { hiddenSize: 2, bias: false, outputBias: false }),
      parameters: [zeros(3, 2), zeros(2, 2), zeros(1, 2)],
    },
    path: 'parameters[0].shape',
    says: ['"W_x" has shape [2, 2]', '[3, 2]'],
  },
  {
    title: 'a network that needs more memory than there is, with the number',
    request: recurrent(fits, { cell: 'lstm', hiddenSize: 65536 }),
    reason: 'COST_LIMIT',
    says: ['bytes'],
  },
];
refusals('a recurrent network refuses', 'Evaluate', rows);
