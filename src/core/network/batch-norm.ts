import { type Channels, channelNumbers, newChannels } from '../kernels/channels.js';
import type { Vector } from '../kernels/vector.js';
import { batchNormTangents } from './batch-norm-tangents.js';
import { activeSize, type Graph, type Memory, type Node } from './graph.js';

/** Added to the variance, as in PyTorch. */
export const EPSILON = 1e-5;
/** Share of an evaluation in the running statistics. */
const MOMENTUM = 0.1;

export interface ChannelOptions {
  /** Added before the ReLU. */
  readonly residual?: Node | null;
  readonly relu?: boolean;
}

/** Mean and variance of a channel over the evaluations that trained; held-out rows are normalised with them. */
export interface RunningStatistics {
  readonly mean: Memory;
  readonly variance: Memory;
}

/**
 * y = φ(γ (x - μ) / √(σ² + ε) + β + residual) for x [n, ..., c], φ the identity or the positive part (Ioffe and Szegedy
 * 2015). Where it trains, μ and σ² are the mean and the biased variance over all axes but the last; the running ones
 * start at 0 and 1 and take a tenth of μ and of the unbiased variance per evaluation.
 */
export function batchNorm(
  graph: Graph,
  x: Node,
  gamma: Node,
  beta: Node,
  { residual = null, relu = false }: ChannelOptions = {},
): { readonly y: Node; readonly running: RunningStatistics } {
  const c = x.shape.at(-1) as number;
  const y = graph.node(x.shape);
  const running = { mean: graph.memory(c), variance: graph.memory(c) };
  const width = graph.dtype === 'float32' ? 4 : 8;
  graph.op({
    inputs: residual === null ? [x, gamma, beta] : [x, gamma, beta, residual],
    outputs: [y],
    flops: 22 * x.size,
    scratch: channelNumbers(c, width) + (32 / width) * c + 4,
    make({ heap, allocate, accumulates }) {
      const channels = newChannels(heap, allocate, c, width === 4 ? 32 : 64, relu);
      const inverse = heap.f64(c);
      const rowsOf = (): number => activeSize(graph, x) / c;
      running.variance.value.fill(1);
      const adds = {
        x: accumulates(x),
        gamma: accumulates(gamma),
        beta: accumulates(beta),
        // An op that takes a node twice writes its gradient, then adds to it.
        residual: residual !== null && (residual === x || accumulates(residual)),
      };
      return {
        forward(training) {
          const rows = rowsOf();
          if (training) channels.statistics(x.value, rows);
          scaleBy(channels, inverse, gamma.value, beta.value, training ? rows : 0, running);
          channels.normalize(y.value, x.value, residual === null ? null : residual.value, rows);
          return undefined;
        },
        advance() {
          const rows = rowsOf();
          for (let j = 0; j < c; j++) {
            const variance = (channels.deviations[j] as number) / (rows - 1);
            running.mean.value[j] += MOMENTUM * ((channels.means[j] as number) - running.mean.value[j]);
            running.variance.value[j] += MOMENTUM * (variance - running.variance.value[j]);
          }
        },
        backward() {
          const rows = rowsOf();
          channels.gradientSums(y.gradient, y.value, x.value, rows);
          for (let j = 0; j < c; j++) {
            const r = inverse[j] as number;
            const sum = channels.sums[j] as number;
            const product = (channels.products[j] as number) * r;
            channels.shift[j] = sum / rows;
            channels.slope[j] = (product * r) / rows;
            beta.gradient[j] = (adds.beta ? beta.gradient[j] : 0) + sum;
            gamma.gradient[j] = (adds.gamma ? gamma.gradient[j] : 0) + product;
          }
          const dx = x.differentiable ? x.gradient : null;
          const through = residual?.differentiable ? residual.gradient : null;
          channels.backward(dx, through, y.gradient, y.value, x.value, rows, adds.x, adds.residual);
        },
        ...batchNormTangents({ graph, x, y, gamma, beta, residual, relu, adds, channels, inverse }),
      };
    },
  });
  return { y, running };
}

/** Writes mean, factor and shift of the channels, from the statistics of `rows` rows or, if 0, the running ones. */
function scaleBy(
  { mean, factor, shift, means, deviations }: Channels,
  inverse: Float64Array,
  gamma: Vector,
  beta: Vector,
  rows: number,
  running: RunningStatistics,
): void {
  for (let j = 0; j < mean.length; j++) {
    const variance = rows > 0 ? (deviations[j] as number) / rows : (running.variance.value[j] as number);
    const r = 1 / Math.sqrt(variance + EPSILON);
    if (rows > 0) inverse[j] = r;
    mean[j] = (rows > 0 ? means[j] : running.mean.value[j]) as number;
    factor[j] = gamma[j] * r;
    shift[j] = beta[j] as number;
  }
}
