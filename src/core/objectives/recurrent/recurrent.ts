import { z } from 'zod';
import { invalidField } from '../../failure.js';
import { permute, STREAM_BATCH, words } from '../../kernels/random.js';
import type { Graph, Labels, Network, Node } from '../../network/graph.js';
import { initialization, startZero } from '../../network/initialization.js';
import { linear } from '../../network/linear.js';
import { crossEntropy, SQUARED_ERRORS, type SquaredError, squaredError } from '../../network/losses.js';
import { planNetwork } from '../../network/network.js';
import { type Feeder, planTraining } from '../../network/plan.js';
import { cellNames } from '../../network/recurrent/cell.js';
import { layerNames, recurrentLayers, sequences } from '../../network/recurrent/layers.js';
import { linearReference } from '../../network/recurrent/references.js';
import { rescalingBytes, startLayers } from '../../network/recurrent/start.js';
import { slice } from '../../network/slice.js';
import { real } from '../../schema.js';
import { tensor } from '../../tensor.js';
import { defineObjective } from '../objective.js';
import { openSequences, outputsOf, type SequenceShape, type Sequences, sequenceData, write } from './data.js';
import { type FirstLayerStates, firstStates } from './states.js';

const squaredErrors = Object.keys(SQUARED_ERRORS) as [SquaredError, ...SquaredError[]];
const params = z.strictObject({
  data: sequenceData,
  cell: z.enum(cellNames).default('tanh'),
  hiddenSize: z.int().min(1).max(65536).default(32).describe('units of each layer'),
  layers: z.int().min(1).max(64).default(1),
  bias: z.boolean().default(true).describe('of the layers'),
  outputBias: z.boolean().default(true),
  loss: z
    .enum(['crossEntropy', ...squaredErrors])
    .default('halfSquaredError')
    .describe('mean over steps and sequences; meanSquaredError over every number; crossEntropy takes labels'),
  lossAt: z.enum(['every', 'last']).default('every').describe('steps that have a target'),
  classes: z.int().min(2).max(65536).optional().describe('of crossEntropy; from the labels when absent'),
  initialState: tensor
    .optional()
    .describe('h_0: units, sequences x units or layers x sequences x units; 0 when absent'),
  initialCell: tensor.optional().describe('c_0 of lstm, shaped like h_0; 0 when absent'),
  learnInitialState: z.boolean().default(false).describe('h_0 (and c_0) are parameters'),
  truncation: z
    .strictObject({
      length: z.int().min(1).max(4294967295).describe('no gradient flows into the state before these steps'),
    })
    .optional()
    .describe('truncated backpropagation: the state is detached after every so many steps'),
  gradientMethod: z
    .enum(['bptt', 'forwardAccumulation', 'doubleSum'])
    .default('bptt')
    .describe('the others are slow references, for one layer of the cell linear'),
  initialization: initialization.default('xavier').describe('of the weights; biases start at 0'),
  stateInitialization: z
    .enum([...initialization.options, 'orthogonal', 'identity'])
    .optional()
    .describe('of the weights of the states, in square blocks; like the others when absent'),
  scale: real({ min: 0 }).default(0.01).describe('standard deviation of normal'),
  spectralRadius: real({ min: 0 }).optional().describe('to which the blocks of the states are scaled'),
  batchSize: z
    .int()
    .min(1)
    .max(4294967295)
    .optional()
    .describe('sequences an iteration; all when absent; those left over in an epoch wait for the next one'),
  dtype: z.enum(['float64', 'float32']).default('float64'),
});
type Params = z.output<typeof params>;

interface Declared {
  readonly x: Node;
  readonly y: Node | Labels;
  readonly states: FirstLayerStates;
}

function declare(
  graph: Graph,
  params: Params,
  shape: SequenceShape,
  outputs: number,
  batch: number,
  seed: number,
): Declared {
  const { cell, hiddenSize: units, layers, bias, outputBias, loss, truncation, gradientMethod } = params;
  const x = graph.input([shape.steps, batch, shape.features]);
  const weights = params.initialization;
  const start = startLayers({
    weights,
    states: params.stateInitialization ?? weights,
    scale: params.scale,
    spectralRadius: params.spectralRadius,
    seed,
  });
  const states = firstStates(graph, {
    cell,
    layers,
    units,
    batch,
    sequences: shape.sequences,
    learn: params.learnInitialState,
    initialState: params.initialState,
    initialCell: params.initialCell,
  });
  const spec = { cell, units, layers, bias, start, first: states.first, cut: truncation?.length };
  const h =
    gradientMethod === 'bptt' || graph.secondOrder
      ? recurrentLayers(graph, sequences(graph, x), spec)
      : reference(graph, x, spec, gradientMethod);
  const judged = shape.judged === shape.steps ? h : slice(graph, h, shape.steps - 1);
  const wo = graph.parameter(
    'W_o',
    [outputs, units],
    start({ tensor: 2 * layers, inputs: units, outputs, recurrent: false }),
  );
  const bo = outputBias ? graph.parameter('b_o', [outputs], startZero) : null;
  const out = linear(graph, judged, wo, bo);
  const rows = shape.judged * batch;
  const y = loss === 'crossEntropy' ? graph.labels(rows) : graph.input([rows, outputs]);
  if (loss === 'crossEntropy') crossEntropy(graph, out, y as Labels);
  else squaredError(graph, out, y as Node, loss);
  return { x, y, states };
}

/** One linear layer with the parameters of `recurrentLayers`, differentiated in another way. */
function reference(
  graph: Graph,
  x: Node,
  { units, bias, start, first }: Parameters<typeof recurrentLayers>[2],
  method: 'forwardAccumulation' | 'doubleSum',
): Node {
  const names = layerNames('linear', 1, 0);
  const inputs = x.shape[2] as number;
  const wx = graph.parameter(
    names.inputs,
    [units, inputs],
    start({ tensor: 0, inputs, outputs: units, recurrent: false }),
  );
  const wh = graph.parameter(
    names.states,
    [units, units],
    start({ tensor: 1, inputs: units, outputs: units, recurrent: true }),
  );
  const biases = bias
    ? [names.inputBias, names.stateBias].map((name) => graph.parameter(name, [units], startZero))
    : [];
  const states = first(0);
  return linearReference(
    graph,
    { x, wx, wh, biases, first: states.kind === 'nodes' ? states.h : null },
    method,
  );
}

function check({ gradientMethod, cell, layers, truncation }: Params): void {
  if (gradientMethod === 'bptt') return;
  const refuse = (message: string) => invalidField('objective.recurrent.gradientMethod', message);
  if (cell !== 'linear' || layers !== 1)
    throw refuse(`${gradientMethod} is for one layer of the cell linear, got ${layers} of ${cell}`);
  if (truncation !== undefined) throw refuse(`${gradientMethod} has no truncation; bptt has`);
}

/** Sequences of an iteration in the order of an epoch; the same number every time. */
function feed(
  { x, y, states }: Declared,
  data: Sequences,
  shape: SequenceShape,
  batch: number,
  seed: number,
): Feeder {
  const { steps, sequences: count, features, targets, judged } = shape;
  const put = (chosen: ArrayLike<number>): void => {
    write(x.value, steps, chosen, features, data.input);
    write(y.value, judged, chosen, targets, data.target);
    states.write(chosen);
  };
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const perEpoch = Math.floor(count / batch);
  if (batch === count) {
    put(order);
    return {};
  }
  let epoch = -1;
  const select = (iteration: number): void => {
    const now = Math.floor(iteration / perEpoch);
    if (now !== epoch) permute(order, words(seed, STREAM_BATCH, now));
    epoch = now;
    const first = (iteration % perEpoch) * batch;
    put(order.subarray(first, first + batch));
  };
  select(0);
  return { select };
}

export const recurrent = defineObjective({
  kind: 'recurrent',
  summary:
    'A recurrent network, linear, tanh, relu, GRU or LSTM, over sequences, by backpropagation through time.',
  formula:
    'mean over t of loss(W_o h_t + b_o, y_t), h_t = φ(W_x x_t + b_x + W_h h_{t-1} + b_h), or the gates of GRU or LSTM',
  latex: String.raw`\frac1T \sum_{t=1}^T \ell(W_o h_t + b_o,\, y_t), \quad h_t = \varphi(W_x x_t + b_x + W_h h_{t-1} + b_h)`,
  source: 'lecture 10-2; Hochreiter and Schmidhuber 1997 (LSTM); Cho et al. 2014 (GRU)',
  params,
  example: {
    data: {
      inline: {
        inputs: [[1], [-2], [3], [0.5]],
        targets: [[0.5], [-0.5], [1], [0.2]],
      },
    },
    cell: 'tanh',
    hiddenSize: 3,
  },
  knowledge: {
    smoothness: {
      none: 'a linear network has the states W_h^t h_0 + ..., polynomials in W_h of a degree that grows with t, times W_o: where the output fits, the gradient is 0 and the curvature has no bound',
    },
    minimum: { says: 'not below 0' },
  },
  build: (params) => (context) => {
    check(params);
    const { dtype, loss, spectralRadius, hiddenSize: units } = params;
    const labels = loss === 'crossEntropy';
    const source = openSequences(params.data, { labels, last: params.lossAt === 'last' }, context);
    const { shape } = source;
    const outputs = outputsOf(shape, labels, params.classes);
    const batch = Math.min(params.batchSize ?? shape.sequences, shape.sequences);
    const { plan, declared } = planNetwork(
      { dtype, secondOrder: context.secondOrder, batch: null },
      (graph) => declare(graph, params, shape, outputs, batch, context.seed),
    );
    return planTraining(plan, {
      bytes: 4 * shape.sequences + (spectralRadius === undefined ? 0 : rescalingBytes(units)),
      evaluationColumns: [],
      heldOutPasses: 0,
      feed: (_network: Network) => feed(declared, source.load(), shape, batch, context.seed),
    });
  },
});
