import { z } from 'zod';
import { invalidField } from '../failure.js';
import type { Graph } from '../network/graph.js';
import { feedImages, type ImageInputs } from '../network/image-rows.js';
import { initialization, startWeights } from '../network/initialization.js';
import { crossEntropy } from '../network/losses.js';
import { planNetwork } from '../network/network.js';
import { planTraining } from '../network/plan.js';
import { residualNetwork as declareNetwork, STAGES } from '../network/residual-network.js';
import { real } from '../schema.js';
import { augmentation } from './images/augmentation.js';
import { type ImageSource, imageData, openImages } from './images/data.js';
import { defineObjective } from './objective.js';
import { dataFailure } from './regression/data.js';

const KIND = 'residualNetwork';
const USUAL_BLOCKS = 3;
const USUAL_BATCH = 128;
/** So that two halvings leave something to halve. */
const LEAST_EXTENT = 4;

const params = z.strictObject({
  data: imageData,
  depth: z.int().min(8).max(6002).optional().describe('6 blocksPerStage + 2; 20 when both are absent'),
  blocksPerStage: z.int().min(1).max(1000).optional().describe('of two convolutions each'),
  width: z.int().min(1).max(4096).default(16).describe('channels of the first stage'),
  residual: z.boolean().default(true).describe('whether blocks add their input'),
  batchNorm: z.boolean().default(true).describe('normalisation after each convolution; without it, a bias'),
  classes: z.int().min(2).max(65536).optional().describe('from the labels when absent'),
  normalization: z
    .strictObject({ mean: z.array(real()).min(1), std: z.array(real({ above: 0 })).min(1) })
    .optional()
    .describe(
      '(pixel - mean) / std, a number for each channel or one for all; pixels stored as bytes are fractions of 255',
    ),
  augmentation: augmentation.optional(),
  batchSize: z
    .int()
    .min(1)
    .max(4294967295)
    .default(USUAL_BATCH)
    .describe('images per iteration, all of them if there are fewer'),
  initialization: initialization.default('he').describe('of the weights; γ starts at 1, β and biases at 0'),
  l2: real({ min: 0 }).default(0).describe('λ of (λ/2) Σ ‖W‖², without γ, β and biases'),
  dtype: z.enum(['float64', 'float32']).default('float32'),
});
type Params = z.output<typeof params>;

function blocksOf({ depth, blocksPerStage }: Params): number {
  if (depth === undefined) return blocksPerStage ?? USUAL_BLOCKS;
  const blocks = (depth - 2) / (2 * STAGES);
  if (!Number.isInteger(blocks))
    throw invalidField(`objective.${KIND}.depth`, `must be 6 n + 2 (8, 14, 20, ...), got ${depth}`);
  if (blocksPerStage !== undefined && blocksPerStage !== blocks)
    throw invalidField(
      `objective.${KIND}.blocksPerStage`,
      `${blocksPerStage} makes a depth of ${6 * blocksPerStage + 2}, not ${depth}`,
    );
  return blocks;
}

/** Refuses images that are too small, and mini-batches that leave one value per channel to normalise. */
function checkExtents({ batchNorm, batchSize }: Params, { image, shape }: ImageSource): void {
  const [, h, w] = image;
  if (Math.min(h, w) < LEAST_EXTENT)
    throw dataFailure(
      KIND,
      `has images of ${h} x ${w}; the network halves them twice and needs ${LEAST_EXTENT} x ${LEAST_EXTENT} at least`,
    );
  const batch = Math.min(batchSize, shape.rows);
  const smallest = shape.rows % batch || batch;
  const places = Math.ceil(h / 4) * Math.ceil(w / 4);
  if (batchNorm && smallest * places < 2)
    throw invalidField(
      `objective.${KIND}.batchSize`,
      `${batchSize} of ${shape.rows} images leaves a mini-batch of one image with one place in the last stage, ` +
        'and batch normalisation needs 2 values per channel',
    );
}

/** One number per channel. */
function perChannel(name: string, values: readonly number[], channels: number): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return new Array<number>(channels).fill(values[0] as number);
  throw invalidField(
    `objective.${KIND}.normalization.${name}`,
    `needs 1 or ${channels} numbers, one for each channel, got ${values.length}`,
  );
}

function declare(graph: Graph, params: Params, { image, classes }: ImageSource, seed: number): ImageInputs {
  const batch = graph.batch as NonNullable<Graph['batch']>;
  const [c, h, w] = image;
  const images = graph.input([batch.size, h, w, c]);
  const labels = graph.labels(batch.size);
  const logits = declareNetwork(graph, images, {
    blocksPerStage: blocksOf(params),
    width: params.width,
    residual: params.residual,
    batchNorm: params.batchNorm,
    classes,
    l2: params.l2,
    weights: (layer, inputs, outputs) => startWeights(params.initialization, seed, layer, inputs, outputs),
  });
  crossEntropy(graph, logits, labels);
  return { batch, images, labels, logits };
}

export const residualNetwork = defineObjective({
  kind: KIND,
  summary:
    'A residual network, ResNet-(6n+2), that classifies images; residual connections and batch normalisation can be switched off.',
  formula:
    'mean cross-entropy of W avg(x_L) + b; x_{l+1} = relu(x_l + F_l(x_l)), F = BN conv relu BN conv; + (l2/2) Σ ‖W‖²',
  latex: String.raw`-\frac1n \sum_i \log \operatorname{softmax}\bigl(W \operatorname{avg}(x_L) + b\bigr)_{y_i}, \quad x_{l+1} = \operatorname{relu}\bigl(x_l + F_l(x_l)\bigr)`,
  source: 'He et al. 2016 (arXiv:1512.03385), section 4.2; batch normalisation of Ioffe and Szegedy 2015',
  params,
  example: {
    data: {
      inline: {
        images: {
          shape: [8, 4, 4],
          values: [
            0.7, 0.1, 0.6, 0.1, 0.1, 0.6, 0.6, 0.9, 0.8, 0.9, 0.9, 0.9, 0.7, 0.6, 0.1, 0.7, 0.7, 0.3, 0.9,
            0.7, 0.2, 0.3, 0.1, 0.6, 0.8, 0.9, 0.9, 0.8, 0.9, 0.5, 0.7, 0.1, 0.9, 0.7, 0.4, 0.4, 0.6, 0.1,
            0.5, 0.3, 0.7, 0.1, 0.7, 0.9, 0.3, 0.4, 0.1, 0.8, 0.1, 0.9, 0.8, 0.6, 0.9, 0.1, 0.9, 0.1, 0.9,
            0.8, 0.5, 0.3, 0.5, 0.4, 0.3, 0.8, 0.9, 0.7, 0.7, 0.8, 0.8, 0.2, 0.8, 0.2, 0.9, 0.5, 0.6, 0.3,
            0.8, 0.2, 0.8, 0.4, 0.8, 0.8, 0.9, 0.5, 0.8, 0.2, 0.6, 0.7, 0.5, 0.8, 0.3, 0.3, 0.9, 0.4, 0.8,
            0.9, 0.7, 0.4, 0.5, 0.5, 0.5, 0.4, 0.2, 0.6, 0.4, 0.4, 0.4, 0.9, 0.3, 0.5, 0.5, 0.8, 0.5, 0.8,
            0.1, 0.2, 0.7, 0.6, 0.9, 0.8, 0.6, 0.1, 0.2, 0.2, 0.4, 0.4, 0.3, 0.2,
          ],
        },
        labels: [0, 1, 0, 1, 0, 1, 0, 1],
      },
    },
    blocksPerStage: 1,
    width: 1,
    dtype: 'float64',
  },
  knowledge: {
    smoothness: {
      none: 'the curvature grows with the square of the weights of other layers, and where a ReLU opens the gradient jumps',
    },
    minimum: { says: 'not below 0' },
  },
  build: (params) => (context) => {
    const source = openImages(KIND, params.data, params.classes, context.datasets);
    checkExtents(params, source);
    const { shape, image } = source;
    const { mean, std } = params.normalization ?? { mean: [0], std: [1] };
    const options = {
      image,
      mean: perChannel('mean', mean, image[0]),
      std: perChannel('std', std, image[0]),
      augmentation: params.augmentation,
      seed: context.seed,
    };
    const batch = Math.min(params.batchSize, shape.rows);
    const { dtype } = params;
    const { plan, declared } = planNetwork({ dtype, secondOrder: context.secondOrder, batch }, (graph) =>
      declare(graph, params, source, context.seed),
    );
    return planTraining(plan, {
      bytes: 4 * (2 * shape.rows + shape.validationRows) + 18 * batch,
      evaluationColumns: shape.validationRows > 0 ? ['validationLoss', 'validationAccuracy'] : [],
      heldOutPasses: Math.ceil(shape.validationRows / batch),
      feed: (network) => feedImages(network, declared, source.load(), options),
    });
  },
});
