import type { Graph, Node } from '../../src/core/network/graph.js';

/** Adds Σ weights · y to the loss, so that the gradient of y is the weights. */
export function weightedSum(graph: Graph, y: Node, weights: readonly number[]): void {
  graph.op({
    inputs: [y],
    outputs: [],
    flops: 2 * y.size,
    make: ({ accumulates }) => {
      const adds = accumulates(y);
      return {
        forward() {
          let sum = 0;
          for (let i = 0; i < y.size; i++) sum += (weights[i] as number) * (y.value[i] as number);
          return sum;
        },
        backward() {
          for (let i = 0; i < y.size; i++)
            y.gradient[i] = (adds ? y.gradient[i] : 0) + (weights[i] as number);
        },
        forwardTangent() {},
        backwardTangent() {
          if (!adds) y.gradientTangent.fill(0);
        },
      };
    },
  });
}
