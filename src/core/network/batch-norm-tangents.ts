import type { Channels } from '../kernels/channels.js';
import type { Vector } from '../kernels/vector.js';
import { activeSize, type Graph, type Node, type Op } from './graph.js';

export interface NormalizedChannels {
  readonly graph: Graph;
  readonly x: Node;
  readonly y: Node;
  readonly gamma: Node;
  readonly beta: Node;
  readonly residual: Node | null;
  readonly relu: boolean;
  readonly adds: {
    readonly x: boolean;
    readonly gamma: boolean;
    readonly beta: boolean;
    readonly residual: boolean;
  };
  readonly channels: Channels;
  /** r = 1 / √(σ² + ε) of each channel. */
  readonly inverse: Float64Array;
}

/**
 * Directional derivatives (a dot) of batch normalisation, channel by channel. With x̂ = (x - μ) r:
 * μ̇ = mean ẋ, ṙ = -r³ mean((x - μ) ẋ), x̂˙ = (ẋ - μ̇) r + (x - μ) ṙ and ẏ = γ̇ x̂ + γ x̂˙ + β̇ (+ residual).
 * The gradient is x̄ = r (a - mean a - x̂ mean(a x̂)), a = γ ȳ, and its derivative follows by the product rule.
 */
export function batchNormTangents(
  of: NormalizedChannels,
): Required<Pick<Op, 'forwardTangent' | 'backwardTangent'>> {
  const { graph, x, y, gamma, beta, residual, relu, adds, channels, inverse } = of;
  const c = x.shape.at(-1) as number;
  const open = (i: number): boolean => !relu || (y.value[i] as number) > 0;

  /** μ̇ and ṙ of channel j. */
  const moments = (j: number, n: number): [number, number] => {
    const mean = channels.means[j] as number;
    const r = inverse[j] as number;
    let sum = 0;
    let product = 0;
    for (let i = j; i < n; i += c) {
      sum += x.tangent[i] as number;
      product += (x.value[i] - mean) * x.tangent[i];
    }
    const rows = n / c;
    return [sum / rows, (-r * r * r * product) / rows];
  };

  return {
    forwardTangent() {
      const n = activeSize(graph, x);
      for (let j = 0; j < c; j++) {
        const [meanDot, rDot] = moments(j, n);
        const mean = channels.means[j] as number;
        const r = inverse[j] as number;
        for (let i = j; i < n; i += c) {
          const centred = x.value[i] - mean;
          const hat = (x.tangent[i] - meanDot) * r + centred * rDot;
          const dot = gamma.tangent[j] * centred * r + gamma.value[j] * hat + beta.tangent[j];
          y.tangent[i] = open(i) ? dot + (residual === null ? 0 : (residual.tangent[i] as number)) : 0;
        }
      }
    },
    backwardTangent() {
      const n = activeSize(graph, x);
      for (let j = 0; j < c; j++) channelBackward(j, n);
      if (residual?.differentiable) {
        const into = residual.gradientTangent;
        for (let i = 0; i < n; i++)
          into[i] = (adds.residual ? into[i] : 0) + (open(i) ? (y.gradientTangent[i] as number) : 0);
      }
    },
  };

  function channelBackward(j: number, n: number): void {
    const rows = n / c;
    const [meanDot, rDot] = moments(j, n);
    const mean = channels.means[j] as number;
    const r = inverse[j] as number;
    const scale = gamma.value[j] as number;
    const scaleDot = gamma.tangent[j] as number;
    let [sum, product, sumDot, productDot] = [0, 0, 0, 0];
    for (let i = j; i < n; i += c) {
      if (!open(i)) continue;
      const g = y.gradient[i] as number;
      const gDot = y.gradientTangent[i] as number;
      const centred = x.value[i] - mean;
      const hatDot = (x.tangent[i] - meanDot) * r + centred * rDot;
      sum += g;
      product += g * centred * r;
      sumDot += gDot;
      productDot += gDot * centred * r + g * hatDot;
    }
    put(beta.gradientTangent, j, sumDot, adds.beta);
    put(gamma.gradientTangent, j, productDot, adds.gamma);
    if (!x.differentiable) return;
    // Means of a and of a x̂, and their derivatives.
    const m1 = (scale * sum) / rows;
    const m2 = (scale * product) / rows;
    const m1Dot = (scale * sumDot + scaleDot * sum) / rows;
    const m2Dot = (scale * productDot + scaleDot * product) / rows;
    for (let i = j; i < n; i += c) {
      const centred = x.value[i] - mean;
      const hat = centred * r;
      const hatDot = (x.tangent[i] - meanDot) * r + centred * rDot;
      const g = open(i) ? (y.gradient[i] as number) : 0;
      const gDot = open(i) ? (y.gradientTangent[i] as number) : 0;
      const rest = scale * g - m1 - hat * m2;
      const restDot = scale * gDot + scaleDot * g - m1Dot - hatDot * m2 - hat * m2Dot;
      put(x.gradientTangent, i, rDot * rest + r * restDot, adds.x);
    }
  }
}

function put(into: Vector, i: number, value: number, add: boolean): void {
  into[i] = (add ? into[i] : 0) + value;
}
