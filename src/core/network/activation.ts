import { type ElementaryName, elementary } from '../kernels/elementary.js';
import { erf } from '../kernels/erf.js';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { activeSize, type Graph, type Node } from './graph.js';

/** φ with its first two derivatives; y = φ(z) is there for those that are cheaper from it. */
interface Activation {
  /** The kernels of φ and its slope over a whole vector, where there are some. */
  readonly kernel?: ElementaryName;
  value(z: number): number;
  slope(z: number, y: number): number;
  curvature(z: number, y: number): number;
}

const { tanh, sigmoid, softplus, exp } = math;
const normalDensity = (z: number): number => 0.3989422804014327 * exp(-0.5 * z * z);
const normalProbability = (z: number): number => 0.5 * (1 + erf(z * Math.SQRT1_2));

const ACTIVATIONS = {
  identity: { value: (z) => z, slope: () => 1, curvature: () => 0 },
  tanh: {
    kernel: 'tanhs',
    value: tanh,
    slope: (_z, y) => 1 - y * y,
    curvature: (_z, y) => -2 * y * (1 - y * y),
  },
  /** The slope at 0 is 0, as in PyTorch. */
  relu: { kernel: 'relus', value: (z) => Math.max(z, 0), slope: (z) => +(z > 0), curvature: () => 0 },
  sigmoid: {
    kernel: 'sigmoids',
    value: sigmoid,
    slope: (_z, y) => y * (1 - y),
    curvature: (_z, y) => y * (1 - y) * (1 - 2 * y),
  },
  softplus: {
    value: softplus,
    slope: sigmoid,
    curvature: (z) => sigmoid(z) * sigmoid(-z),
  },
  /** z Φ(z), not its approximation by tanh. */
  gelu: {
    value: (z) => z * normalProbability(z),
    slope: (z) => normalProbability(z) + z * normalDensity(z),
    curvature: (z) => (2 - z * z) * normalDensity(z),
  },
  silu: {
    value: (z) => z * sigmoid(z),
    slope: (z) => sigmoid(z) * (1 + z * sigmoid(-z)),
    curvature: (z) => sigmoid(z) * sigmoid(-z) * (2 + z * (sigmoid(-z) - sigmoid(z))),
  },
} satisfies Record<string, Activation>;

export type ActivationName = keyof typeof ACTIVATIONS;
export const activationNames = Object.keys(ACTIVATIONS) as [ActivationName, ...ActivationName[]];

/** y = φ(z), element by element. */
export function activation(graph: Graph, z: Node, name: ActivationName): Node {
  if (name === 'identity') return z;
  const y = graph.node(z.shape, z.differentiable);
  const { kernel, value, slope, curvature }: Activation = ACTIVATIONS[name];
  graph.op({
    inputs: [z],
    outputs: [y],
    flops: 30 * z.size,
    make({ heap, accumulates }) {
      const adds = accumulates(z);
      const whole = kernel === undefined ? null : elementary(heap, graph.dtype, kernel);
      const back = (into: Vector, from: Vector): void => {
        const n = activeSize(graph, z);
        if (whole !== null) whole.chainRule(into, from, y.value, n, adds);
        else
          for (let i = 0; i < n; i++)
            into[i] = (adds ? into[i] : 0) + from[i] * slope(z.value[i] as number, y.value[i] as number);
      };
      return {
        forward() {
          const n = activeSize(graph, z);
          if (whole !== null) whole.value(y.value, z.value, n);
          else for (let i = 0; i < n; i++) y.value[i] = value(z.value[i] as number);
          return undefined;
        },
        backward() {
          if (z.differentiable) back(z.gradient, y.gradient);
        },
        forwardTangent() {
          const n = activeSize(graph, z);
          for (let i = 0; i < n; i++)
            y.tangent[i] = z.tangent[i] * slope(z.value[i] as number, y.value[i] as number);
        },
        backwardTangent() {
          if (!z.differentiable) return;
          back(z.gradientTangent, y.gradientTangent);
          const n = activeSize(graph, z);
          for (let i = 0; i < n; i++)
            z.gradientTangent[i] +=
              y.gradient[i] * z.tangent[i] * curvature(z.value[i] as number, y.value[i] as number);
        },
      };
    },
  });
  return y;
}
