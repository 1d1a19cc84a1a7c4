import { z } from 'zod';
import type { DatasetShape } from '../datasets.js';
import { invalidField } from '../failure.js';
import { activation, activationNames } from '../network/activation.js';
import type { Graph, Labels, Node } from '../network/graph.js';
import { initialization, startWeights, startZero } from '../network/initialization.js';
import { linear } from '../network/linear.js';
import {
  crossEntropy,
  l2Penalty,
  SQUARED_ERRORS,
  type SquaredError,
  squaredError,
} from '../network/losses.js';
import { planNetwork } from '../network/network.js';
import { planTraining } from '../network/plan.js';
import { feedRows, type RowInputs, rowBytes } from '../network/rows.js';
import { defineObjective } from './objective.js';
import { dataFailure, openData, regressionParams } from './regression/data.js';

const KIND = 'mlp';
const { intercept: _, ...shared } = regressionParams;
const squaredErrors = Object.keys(SQUARED_ERRORS) as [SquaredError, ...SquaredError[]];

const params = z.strictObject({
  ...shared,
  l2: shared.l2.describe('λ of (λ/2) Σ ‖W‖²; the biases are free'),
  hidden: z
    .array(z.int().min(1).max(65536))
    .max(64)
    .default([])
    .describe('units of each hidden layer, from the features to the output'),
  activation: z.enum(activationNames).default('tanh').describe('after each hidden layer'),
  loss: z
    .enum(['crossEntropy', ...squaredErrors])
    .default('meanSquaredError')
    .describe('crossEntropy takes labels; meanSquaredError is the mean over every number'),
  classes: z.int().min(2).max(65536).optional().describe('of crossEntropy; from the labels when absent'),
  initialization: initialization.default('xavier').describe('of the weights; biases start at 0'),
});
type Params = z.output<typeof params>;

/** Numbers, or logits of classes, that the network puts out for a row. */
function outputsOf({ loss, classes }: Params, shape: DatasetShape): number {
  if (loss !== 'crossEntropy') {
    if (classes !== undefined)
      throw invalidField(`objective.${KIND}.classes`, `are for the loss crossEntropy, got ${loss}`);
    if (shape.targets === 0) throw dataFailure(KIND, 'has targets without columns');
    return shape.targets;
  }
  if (shape.targets !== 1 || shape.classes === null)
    throw dataFailure(KIND, 'needs one label per row, an integer between 0 and 65535');
  const known = classes ?? Math.max(2, shape.classes);
  if (shape.classes > known)
    throw dataFailure(KIND, `labels must be below ${known} classes, got ${shape.classes - 1}`);
  return known;
}

function declare(
  graph: Graph,
  params: Params,
  shape: DatasetShape,
  outputs: number,
  seed: number,
): RowInputs {
  const { loss, activation: name, hidden } = params;
  const batch = graph.batch as NonNullable<Graph['batch']>;
  const features = graph.input([batch.size, shape.features]);
  let layer = features;
  const sizes = [...hidden, outputs];
  sizes.forEach((size, i) => {
    const inputs = layer.shape[1] as number;
    const start = startWeights(params.initialization, seed, i, inputs, size);
    const w = graph.parameter(`W${i}`, [size, inputs], start);
    const b = graph.parameter(`b${i}`, [size], startZero);
    const z = linear(graph, layer, w, b);
    layer = i === hidden.length ? z : activation(graph, z, name);
    l2Penalty(graph, w, params.l2);
  });
  const targets: Node | Labels =
    loss === 'crossEntropy' ? graph.labels(batch.size) : graph.input([batch.size, outputs]);
  if (loss === 'crossEntropy') crossEntropy(graph, layer, targets as Labels);
  else squaredError(graph, layer, targets as Node, loss);
  return { batch, features, targets, output: layer };
}

export const mlp = defineObjective({
  kind: KIND,
  summary: 'A multilayer perceptron: dense layers with an activation between them, on rows of data.',
  formula: 'loss(W_k φ(... φ(W_0 x + b_0) ...) + b_k, y), mean over the rows, + (l2/2) Σ ‖W‖²',
  latex: String.raw`\frac1n \sum_i \ell\bigl(W_k\,\varphi(\cdots \varphi(W_0 x_i + b_0) \cdots) + b_k,\, y_i\bigr) + \frac{\lambda}{2} \sum_j \lVert W_j \rVert^2`,
  source: 'Rumelhart, Hinton, Williams 1986; initialisations of Glorot and Bengio 2010, He et al. 2015',
  params,
  example: {
    data: { inline: { features: [[-1], [-0.5], [0], [0.5], [1]], targets: [-0.8, -0.5, 0, 0.5, 0.8] } },
    hidden: [3],
  },
  knowledge: {
    smoothness: {
      none: 'where two layers fit the data together the gradient is 0, and the curvature grows with the square of their weights',
    },
    minimum: { says: 'not below 0' },
  },
  build: (params) => (context) => {
    const source = openData(KIND, params.data, context.datasets);
    const { shape } = source;
    const outputs = outputsOf(params, shape);
    const batch = Math.min(params.batchSize ?? shape.rows, shape.rows);
    const { dtype, loss } = params;
    const { plan, declared } = planNetwork({ dtype, secondOrder: context.secondOrder, batch }, (graph) =>
      declare(graph, params, shape, outputs, context.seed),
    );
    const columns = loss === 'crossEntropy' ? ['validationLoss', 'validationAccuracy'] : ['validationLoss'];
    return planTraining(plan, {
      bytes: rowBytes(shape, dtype === 'float32' ? 4 : 8),
      evaluationColumns: shape.validationRows > 0 ? columns : [],
      heldOutPasses: Math.ceil(shape.validationRows / batch),
      feed: (network) => feedRows(network, declared, source.load(), context.seed),
    });
  },
});
