import { crossEntropyRows } from '../kernels/cross-entropy.js';
import type { Vector } from '../kernels/vector.js';
import { activeSize, type Graph, type Labels, type Node } from './graph.js';

/** How squared errors are averaged, as in f = factor · Σ (y - target)². */
export const SQUARED_ERRORS = {
  /** Over every number, as in torch.nn.MSELoss. */
  meanSquaredError: (_rows: number, numbers: number): number => 1 / numbers,
  /** Half of the squared distance, mean over the rows. */
  halfSquaredError: (rows: number): number => 1 / (2 * rows),
  /** The squared distance, mean over the rows. */
  squaredError: (rows: number): number => 1 / rows,
};
export type SquaredError = keyof typeof SQUARED_ERRORS;

/** Adds the squared error of y (rows x outputs) to the loss. */
export function squaredError(graph: Graph, y: Node, target: Node, kind: SquaredError): void {
  const outputs = y.shape.at(-1) as number;
  const factorOf = SQUARED_ERRORS[kind];
  graph.op({
    inputs: [y],
    outputs: [],
    flops: 5 * y.size,
    make({ accumulates }) {
      const adds = accumulates(y);
      const factor = (n: number): number => factorOf(n / outputs, n);
      return {
        forward() {
          const n = activeSize(graph, y);
          let sum = 0;
          for (let i = 0; i < n; i++) {
            const residual = y.value[i] - target.value[i];
            sum += residual * residual;
          }
          return sum * factor(n);
        },
        backward() {
          const n = activeSize(graph, y);
          const slope = 2 * factor(n);
          for (let i = 0; i < n; i++)
            y.gradient[i] = (adds ? y.gradient[i] : 0) + slope * (y.value[i] - target.value[i]);
        },
        forwardTangent() {},
        backwardTangent() {
          const n = activeSize(graph, y);
          const slope = 2 * factor(n);
          for (let i = 0; i < n; i++)
            y.gradientTangent[i] = (adds ? y.gradientTangent[i] : 0) + slope * y.tangent[i];
        },
      };
    },
  });
}

/** Adds the mean over the rows of -log softmax(logits)[label] to the loss. */
export function crossEntropy(graph: Graph, logits: Node, labels: Labels): void {
  const classes = logits.shape.at(-1) as number;
  graph.op({
    inputs: [logits],
    outputs: [],
    flops: 40 * logits.size,
    scratch: logits.size,
    make({ heap, allocate, accumulates }) {
      const adds = accumulates(logits);
      /** ∂f/∂logits of the last forward. */
      const delta = allocate(logits.size);
      const rows = (): number => activeSize(graph, logits) / classes;
      return {
        forward() {
          const m = rows();
          return crossEntropyRows(heap, delta, logits.value, labels.value, m, classes, 1 / m) / m;
        },
        backward() {
          if (!adds) logits.gradient.set(delta);
          else for (let i = 0; i < rows() * classes; i++) logits.gradient[i] += delta[i];
        },
        forwardTangent() {},
        backwardTangent() {
          const m = rows();
          for (let row = 0; row < m; row++)
            curve(
              logits,
              delta,
              row * classes,
              (row + 1) * classes,
              1 / m,
              labels.value[row] as number,
              adds,
            );
        },
      };
    },
  });
}

/** Row [from, to) of the tangent: (diag(p) - p pᵀ) ż / m, the probabilities p = m δ + onehot(label). */
function curve(
  { tangent, gradientTangent }: Node,
  delta: Vector,
  from: number,
  to: number,
  scale: number,
  label: number,
  adds: boolean,
): void {
  const p = (j: number): number => delta[j] / scale + +(j === from + label);
  let mean = 0;
  for (let j = from; j < to; j++) mean += p(j) * tangent[j];
  for (let j = from; j < to; j++)
    gradientTangent[j] = (adds ? gradientTangent[j] : 0) + p(j) * (tangent[j] - mean) * scale;
}

/** Adds (l2/2) ‖w‖² to the loss where it trains: held-out rows are judged without it. */
export function l2Penalty(graph: Graph, w: Node, l2: number): void {
  if (l2 === 0) return;
  graph.op({
    inputs: [w],
    outputs: [],
    flops: 4 * w.size,
    make({ heap, accumulates }) {
      const adds = accumulates(w);
      const back = (into: Vector, from: Vector): void => {
        if (!adds) into.fill(0);
        heap.axpy(into, l2, from);
      };
      return {
        forward: (training) => (training ? 0.5 * l2 * heap.sumOfSquares(w.value) : 0),
        backward: () => back(w.gradient, w.value),
        forwardTangent() {},
        backwardTangent: () => back(w.gradientTangent, w.tangent),
      };
    },
  });
}
