import { axpy, type Vector } from '../kernels/vector.js';
import type { Graph, Node, Use } from './graph.js';

/**
 * y (m x n) = x (m x k) Wᵀ + b, the rows of all axes but the last; W is n x k. Gradients: x̄ = ȳ W, W̄ = ȳᵀ x,
 * b̄ = the column sums of ȳ.
 */
export function linear(graph: Graph, x: Node, w: Node, b: Node | null): Node {
  const [n, k] = w.shape as [number, number];
  const y = graph.node([...x.shape.slice(0, -1), n]);
  const { batch } = graph;
  const perExample = x.size / k / (batch === null ? 1 : (x.shape[0] as number));
  const rows = (): number => (batch === null ? 1 : batch.size) * perExample;
  graph.op({
    inputs: b === null ? [x, w] : [x, w, b],
    outputs: [y],
    flops: (x.differentiable ? 6 : 4) * (x.size / k) * n * k,
    scratch: b === null ? 0 : n,
    make(use) {
      const { heap, accumulates } = use;
      const [addToX, addToW] = [accumulates(x), accumulates(w)];
      const sumRows = b === null ? null : rowSum(use, b);
      return {
        forward() {
          const m = rows();
          heap.matmulNT(y.value, x.value, w.value, m, n, k);
          if (b !== null) heap.addRowBias(y.value, b.value, m, n);
        },
        backward() {
          const m = rows();
          if (x.differentiable) heap.matmulNN(x.gradient, y.gradient, w.value, m, k, n, addToX);
          heap.matmulTN(w.gradient, y.gradient, x.value, n, k, m, addToW);
          if (b !== null) sumRows?.(b.gradient, y.gradient, m);
        },
        forwardTangent() {
          const m = rows();
          heap.matmulNT(y.tangent, x.value, w.tangent, m, n, k);
          if (x.differentiable) heap.matmulNT(y.tangent, x.tangent, w.value, m, n, k, true);
          if (b !== null) heap.addRowBias(y.tangent, b.tangent, m, n);
        },
        backwardTangent() {
          const m = rows();
          if (x.differentiable) {
            heap.matmulNN(x.gradientTangent, y.gradientTangent, w.value, m, k, n, addToX);
            heap.matmulNN(x.gradientTangent, y.gradient, w.tangent, m, k, n, true);
          }
          heap.matmulTN(w.gradientTangent, y.gradientTangent, x.value, n, k, m, addToW);
          if (x.differentiable) heap.matmulTN(w.gradientTangent, y.gradient, x.tangent, n, k, m, true);
          if (b !== null) sumRows?.(b.gradientTangent, y.gradientTangent, m);
        },
      };
    },
  });
  return y;
}

/** bias ← (or +=) the sum of the m rows; takes as many scratch numbers as the bias has. */
function rowSum(
  { heap, allocate, accumulates }: Use,
  b: Node,
): (into: Vector, rows: Vector, m: number) => void {
  const sums = allocate(b.size);
  const adds = accumulates(b);
  return (into, rows, m) => {
    if (!adds) return heap.columnSums(into, rows, m, b.size);
    heap.columnSums(sums, rows, m, b.size);
    axpy(into, 1, sums);
  };
}
