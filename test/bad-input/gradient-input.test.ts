import { type Row, refusals } from '../support/refusals.js';

const vector = (...values: number[]) => ({ shape: [values.length], values });
const g = vector(3, 4);
const clip = (rule: unknown, more: object = {}) => ({ gradients: [g], clipping: rule, ...more });
const none = { none: {} };
const batches = (...accumulate: object[][]) => ({ accumulate, clipping: none });
const NOT_BELOW_1 = ['must be < 1', 'got 1'];

/** Every parameter of the rules that remember, out of its bounds. */
const PARAMETERS: readonly (readonly [string, string, unknown, readonly string[]])[] = [
  ['percentile', 'percentile', -1, ['must be >= 0', 'got -1']],
  ['percentile', 'percentile', 100.5, ['must be <= 100', 'got 100.5']],
  ['percentile', 'window', 0, ['must be >= 1', 'got 0']],
  ['percentile', 'window', 100_001, ['must be <= 100000', 'got 100001']],
  ['percentile', 'minThreshold', -1, ['must be >= 0', 'got -1']],
  ['percentile', 'maxThreshold', Number.NaN, ['must be a number, not NaN']],
  ['zScore', 'alpha', 1, NOT_BELOW_1],
  ['zScore', 'zThreshold', 0, ['must be > 0', 'got 0']],
  ['zScore', 'warmup', 0, ['must be >= 1', 'got 0']],
  ['zScore', 'mode', 'ADAPTIVE', ['"RECIPROCAL", "MEAN", "PERCENTILE"', 'got "ADAPTIVE"']],
  ['zScore', 'clipFactor', 0, ['must be > 0', 'got 0']],
  ['zScore', 'epsilon', -1e-6, ['must be >= 0']],
  ['quantile', 'target', 1.5, ['must be <= 1', 'got 1.5']],
  ['quantile', 'learningRate', Infinity, ['must be finite']],
  ['quantile', 'initial', 0, ['must be > 0', 'got 0']],
  ['spike', 'factor', 0, ['must be > 0', 'got 0']],
  ['spike', 'beta2', 1, NOT_BELOW_1],
  ['adaGc', 'lambdaRel', 0, ['must be > 0', 'got 0']],
  ['adaGc', 'lambdaAbs', -1, ['must be >= 0', 'got -1']],
  ['adaGc', 'beta', 1, NOT_BELOW_1],
];

const rows: Row[] = [
  ...PARAMETERS.map(([kind, field, value, says]) => ({
    title: `${field} ${value} of ${kind}`,
    request: clip({ [kind]: { [field]: value } }),
    path: `clipping.${kind}.${field}`,
    says,
  })),
  ...['percentile', 'zScore', 'quantile', 'adaGc'].map((kind) => ({
    title: `a least threshold above the greatest of ${kind}`,
    request: clip({ [kind]: { minThreshold: 2, maxThreshold: 1 } }),
    path: `clipping.${kind}.minThreshold`,
    says: ['must be <= maxThreshold (1)', 'got 2'],
  })),
  {
    title: 'a loss scale of 0',
    request: clip(none, { lossScale: 0 }),
    path: 'lossScale',
    says: ['must be > 0', 'got 0'],
  },
  {
    title: 'a negative loss scale',
    request: clip(none, { lossScale: -1024 }),
    path: 'lossScale',
    says: ['must be > 0', 'got -1024'],
  },
  {
    title: 'an infinite loss scale',
    request: clip(none, { lossScale: Infinity }),
    path: 'lossScale',
    says: ['must be finite'],
  },
  {
    title: 'a gradient that is infinite once it is divided by the loss scale',
    request: { gradients: [vector(1, 1e300)], clipping: none, lossScale: 1e-200 },
    path: 'gradients[0].values[1]',
    says: ['is Infinity in tensor "0"'],
  },
  {
    title: 'gradients beside micro-batches',
    request: { ...batches([g], [g]), gradients: [g] },
    path: 'accumulate',
    says: ['stands in place of gradients; the request has both'],
  },
  {
    title: 'micro-batches of different numbers of tensors',
    request: batches([g, g], [g]),
    path: 'accumulate[1]',
    says: ['needs 2 tensor(s) like accumulate[0], got 1'],
  },
  {
    title: 'micro-batches of different shapes',
    request: batches([g], [g], [vector(1, 2, 3)]),
    path: 'accumulate[2][0].shape',
    says: ['must be [2] like accumulate[0][0], got [3]'],
  },
  {
    title: 'micro-batches of different element types',
    request: batches([g], [{ ...g, dtype: 'float32' }]),
    path: 'accumulate[1][0].dtype',
    says: ['must be float64 like accumulate[0][0], got float32'],
  },
  {
    title: 'micro-batches of different names',
    request: batches([{ ...g, name: 'w' }], [{ ...g, name: 'v' }]),
    path: 'accumulate[1][0].name',
    says: ['must be "w" like accumulate[0][0], got "v"'],
  },
  {
    title: 'a micro-batch with a NaN',
    request: batches([g], [vector(1, Number.NaN)]),
    path: 'accumulate[1][0].values[1]',
    says: ['is NaN in tensor "0"'],
  },
  {
    title: 'a micro-batch that is no list',
    request: { accumulate: [3], clipping: none },
    path: 'accumulate[0]',
    says: ['expected an array of tensors'],
    only: 'REST',
  },
  {
    title: 'a negative norm from which gradients are skipped',
    request: clip(none, { skip: { maxNorm: -1 } }),
    path: 'skip.maxNorm',
    says: ['must be >= 0', 'got -1'],
  },
  {
    title: 'part of a gradient in a row',
    request: clip(none, { skip: { maxConsecutive: 1.5 } }),
    path: 'skip.maxConsecutive',
    says: ['expected an integer', 'got 1.5'],
    only: 'REST',
  },
  {
    title: 'an unknown way of skipping',
    request: clip(none, { skip: { nonfinite: true } }),
    path: 'skip.nonfinite',
    says: ['unknown field'],
    only: 'REST',
  },
  {
    title: 'a state that is no text',
    request: clip({ quantile: {} }, { clippingState: 7 }),
    path: 'clippingState',
    says: ['expected base64 text'],
    only: 'REST',
  },
];

refusals('Clip refuses', 'Clip', rows);

const step = { parameters: [g], optimizer: { sgd: {} } };
refusals('GradientStep refuses', 'GradientStep', [
  {
    title: 'micro-batches that are not shaped like the parameters',
    request: { ...step, accumulate: [[vector(1, 2, 3)], [vector(1, 2, 3)]] },
    path: 'accumulate[0][0].shape',
    says: ['must be [2] like parameters[0], got [3]'],
  },
  {
    title: 'micro-batches of different lengths',
    request: { ...step, accumulate: [[g], [g, g]] },
    path: 'accumulate[1]',
    says: ['needs 1 tensor(s) like accumulate[0], got 2'],
  },
  {
    title: 'a negative loss scale',
    request: { ...step, gradients: [g], lossScale: -1 },
    path: 'lossScale',
    says: ['must be > 0', 'got -1'],
  },
]);
refusals('FullRun refuses', 'FullRun', [
  {
    title: 'a negative norm from which gradients are skipped',
    request: { objective: { quartic: {} }, optimizer: { sgd: {} }, skip: { maxNorm: -1 } },
    path: 'skip.maxNorm',
    says: ['must be >= 0', 'got -1'],
  },
]);
