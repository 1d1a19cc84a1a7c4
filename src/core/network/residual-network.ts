import { batchNorm } from './batch-norm.js';
import { channelBias } from './channel-bias.js';
import { type ConvolutionOptions, convolution, workNumbers } from './convolution.js';
import type { Graph, Memory, Node } from './graph.js';
import { startZero } from './initialization.js';
import { linear } from './linear.js';
import { l2Penalty } from './losses.js';
import { globalAverage, subsample } from './pooling.js';

export interface ResidualNetwork {
  readonly blocksPerStage: number;
  /** Channels of the first stage; each stage has twice those of the one before. */
  readonly width: number;
  readonly residual: boolean;
  readonly batchNorm: boolean;
  readonly classes: number;
  readonly l2: number;
  /** Starts the weights of layer `layer` with so many inputs and outputs per weight. */
  weights(layer: number, inputs: number, outputs: number): (values: Node['value']) => void;
}

export const STAGES = 3;
const KERNEL = 3;
const startOne = (values: Node['value']): void => void values.fill(1);

/**
 * ResNet-(6n + 2) of He et al. 2016, section 4.2: a convolution, three stages of n blocks of two convolutions, the mean
 * over the image, a dense layer. Every convolution is 3 x 3 and followed by batch normalisation (or a bias) and ReLU; the
 * first one of stages 2 and 3 halves the image and doubles the channels. A block adds its input before its last ReLU;
 * where the shapes differ the shortcut has no parameters (option A). Images are [n, h, w, c]; returns the logits [n, classes].
 */
export function residualNetwork(graph: Graph, images: Node, options: ResidualNetwork): Node {
  const { blocksPerStage, width } = options;
  const work = graph.memory(mostWork(graph, images.shape, options));
  const layers = { graph, options, work, count: 0 };
  let x = layer(layers, images, width, 1, null);
  for (let stage = 0; stage < STAGES; stage++)
    for (let block = 0; block < blocksPerStage; block++) {
      const channels = width << stage;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const inside = layer(layers, x, channels, stride, null);
      const shortcut = (): Node => (stride === 1 ? x : subsample(graph, x, channels));
      x = layer(layers, inside, channels, 1, options.residual ? shortcut() : null);
    }
  const features = x.shape.at(-1) as number;
  const start = options.weights(layers.count, features, options.classes);
  const w = graph.parameter('W', [options.classes, features], start);
  const b = graph.parameter('b', [options.classes], startZero);
  l2Penalty(graph, w, options.l2);
  return linear(graph, globalAverage(graph, x), w, b);
}

interface Layers {
  readonly graph: Graph;
  readonly options: ResidualNetwork;
  /** Shared by all convolutions. */
  readonly work: Memory;
  count: number;
}

/** A convolution with what follows it: (conv0, gamma0, beta0) or (conv0, b0), numbered from the images on. */
function layer(layers: Layers, x: Node, channels: number, stride: number, residual: Node | null): Node {
  const { graph, options, work } = layers;
  const index = layers.count++;
  const inputs = x.shape.at(-1) as number;
  const shape = [channels, inputs, KERNEL, KERNEL];
  const taps = KERNEL * KERNEL;
  const start = options.weights(index, inputs * taps, channels * taps);
  const w = graph.parameter(`conv${index}`, shape, start);
  l2Penalty(graph, w, options.l2);
  const z = convolution(graph, x, w, { stride, padding: 1, work });
  if (!options.batchNorm) {
    const b = graph.parameter(`b${index}`, [channels], startZero);
    return channelBias(graph, z, b, { residual, relu: true });
  }
  const gamma = graph.parameter(`gamma${index}`, [channels], startOne);
  const beta = graph.parameter(`beta${index}`, [channels], startZero);
  return batchNorm(graph, z, gamma, beta, { residual, relu: true }).y;
}

/** The most numbers that one of the convolutions works in. */
function mostWork(graph: Graph, images: readonly number[], { width }: ResidualNetwork): number {
  const [n, h, w, c] = images as [number, number, number, number];
  const same: ConvolutionOptions = { padding: 1 };
  const half: ConvolutionOptions = { padding: 1, stride: 2 };
  const need = (x: number[], o: number, options: ConvolutionOptions): number =>
    workNumbers(graph, x, [o, x[3] as number, KERNEL, KERNEL], options);
  let most = need([n, h, w, c], width, same);
  for (let stage = 0; stage < STAGES; stage++) {
    const x = [n, Math.ceil(h / (1 << stage)), Math.ceil(w / (1 << stage)), width << stage];
    most = Math.max(most, need(x, x[3] as number, same), need(x, 2 * (x[3] as number), half));
  }
  return most;
}
