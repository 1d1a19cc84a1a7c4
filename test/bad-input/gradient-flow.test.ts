import { type Row, refusals } from '../support/refusals.js';

const tensor = (name: string, shape: readonly number[], value = 0.5) => ({
  name,
  shape,
  values: new Array(shape.reduce((product, extent) => product * extent, 1)).fill(value),
});
const weights = [tensor('W_x', [2, 3]), tensor('W_h', [2, 2]), tensor('W_o', [1, 2])];
const [wx, wh, wo] = weights;
const good = { parameters: weights, inputs: tensor('x', [4, 3]), targets: tensor('y', [4, 1]) };
const labelled = { ...good, targets: undefined, loss: 'crossEntropy' };
const shape = (title: string, request: object, path: string, ...says: string[]): Row => ({
  title,
  request,
  path,
  says,
});

refusals('AnalyzeGradientFlow refuses', 'AnalyzeGradientFlow', [
  shape('no parameters', {}, 'parameters', 'need W_h'),
  shape('parameters without W_h', { parameters: [wx, wo] }, 'parameters', 'need W_h'),
  shape(
    'a W_h that is not square',
    { parameters: [tensor('W_h', [2, 3])] },
    'parameters[0].shape',
    'W_h must be square',
    'got [2, 3]',
  ),
  shape('a W_h that is a vector', { parameters: [tensor('W_h', [4])] }, 'parameters[0].shape', 'got [4]'),
  shape(
    'a network without units',
    { parameters: [tensor('W_h', [0, 0])] },
    'parameters[0].shape',
    'needs 1 to 512 units, got 0',
  ),
  shape(
    'too many units',
    { parameters: [tensor('W_h', [513, 513])] },
    'parameters[0].shape',
    'needs 1 to 512 units, got 513',
  ),
  shape(
    'gates that are no blocks',
    { cell: 'lstm', parameters: [tensor('W_h', [6, 2])] },
    'parameters[0].shape',
    '4 n rows',
    'got [6, 2]',
  ),
  shape(
    'a number that is not finite',
    { parameters: [{ name: 'W_h', shape: [1, 1], values: [Number.NaN] }] },
    'parameters[0].values[0]',
    'is NaN in tensor "W_h"',
  ),
  shape(
    'a tensor of another name',
    { parameters: [wh, tensor('W_y', [1])] },
    'parameters[1].name',
    'must be one of W_x',
    'got "W_y"',
  ),
  shape(
    'W_h by two names',
    { parameters: [wh, tensor('weight_hh_l0', [2, 2])] },
    'parameters[1].name',
    'a second time',
  ),
  shape(
    'a cell that there is none of',
    { cell: 'elman', parameters: [wh] },
    'cell',
    'must be one of',
    'got "elman"',
  ),
  shape('a sequence without W_o', { ...good, parameters: [wx, wh] }, 'parameters', 'need W_o with inputs'),
  shape(
    'a W_x that does not fit the inputs',
    { ...good, inputs: tensor('x', [4, 2]) },
    'parameters[0].shape',
    'W_x must be [2, 2], got [2, 3]',
  ),
  shape(
    'a W_o that does not fit the units',
    { ...good, parameters: [wx, wh, tensor('W_o', [1, 3])] },
    'parameters[2].shape',
    'W_o must be [1, 2], got [1, 3]',
  ),
  shape(
    'a bias of another length',
    { ...good, parameters: [...weights, tensor('b_h', [3])] },
    'parameters[3].shape',
    'b_h must be [2], got [3]',
  ),
  shape(
    'targets of another length',
    { ...good, targets: tensor('y', [5, 1]) },
    'targets.shape',
    'must be [4, 1, 1], got [5, 1]',
  ),
  shape(
    'a sequence of length 0',
    { ...good, inputs: tensor('x', [0, 3]) },
    'inputs.shape',
    'needs 1 to 100000 steps, got 0',
  ),
  shape(
    'a batch of 0 sequences',
    { ...good, inputs: tensor('x', [4, 0, 3]) },
    'inputs.shape',
    'at least one sequence',
  ),
  shape(
    'inputs of rank 4',
    { ...good, inputs: tensor('x', [4, 1, 1, 3]) },
    'inputs.shape',
    'steps x sequences x features',
  ),
  shape('inputs without targets', { ...good, targets: undefined }, 'targets', 'are needed with inputs'),
  shape('targets without inputs', { ...good, inputs: undefined }, 'targets', 'goes with inputs'),
  shape(
    'labels for a squared error',
    { ...good, labels: tensor('l', [4], 0) },
    'labels',
    'are not for the loss halfSquaredError',
  ),
  shape(
    'a label out of range',
    { ...labelled, labels: tensor('l', [4], 1) },
    'labels.values[0]',
    'must be a label between 0 and 0',
    'got 1',
  ),
  shape(
    'a label that is no integer',
    { ...labelled, labels: tensor('l', [4], 0.5) },
    'labels.values[0]',
    'got 0.5',
  ),
  shape(
    'an initial state of another length',
    { ...good, initialState: tensor('h', [3]) },
    'initialState.shape',
    'initialState must be [1, 2], got [3]',
  ),
  shape(
    'an initial state twice',
    { ...good, parameters: [...weights, tensor('h0', [2])], initialState: tensor('h', [2]) },
    'initialState',
    'is among the parameters already, as h0',
  ),
  shape(
    'an initial cell of another cell',
    { ...good, initialCell: tensor('c', [2]) },
    'initialCell',
    'is for the cell lstm, got linear',
  ),
  shape(
    'steps that are not those of the inputs',
    { ...good, steps: 3 },
    'steps',
    'must be 4 like those of the inputs, got 3',
  ),
  shape(
    'more steps than there may be',
    { parameters: [wh], steps: 100_001 },
    'steps',
    'must be <= 100000',
    'got 100001',
  ),
  shape('a lag without inputs', { parameters: [wh], maxLag: 3 }, 'maxLag', 'goes with inputs'),
  shape('a negative tolerance', { parameters: [wh], tolerance: -1 }, 'tolerance', 'must be >= 0', 'got -1'),
  {
    title: 'hours of work, before any of it',
    request: { parameters: [tensor('W_h', [300, 300])], steps: 100_000 },
    reason: 'COST_LIMIT',
    says: ['floating-point operations; the limit is 100000000000'],
  },
]);
