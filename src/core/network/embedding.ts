import { scatterAddRows } from '../kernels/scatter.js';
import type { Vector } from '../kernels/vector.js';
import { activeSize, type Graph, type Labels, type Node } from './graph.js';

/** y[i] = table[token i], with a last axis as wide as the table's rows; a row's gradient is the sum over its tokens. */
export function embedding(graph: Graph, table: Node, tokens: Labels, shape: readonly number[]): Node {
  const width = table.shape[1] as number;
  const y = graph.node([...shape, width]);
  graph.op({
    inputs: [table],
    outputs: [y],
    flops: y.size,
    make({ heap, accumulates }) {
      const adds = accumulates(table);
      const rows = (): number => activeSize(graph, y) / width;
      const gather = (into: Vector, from: Vector): void =>
        heap.gatherRows(into, from, tokens.value, rows(), width);
      const scatter = (into: Vector, from: Vector): void => {
        if (!adds) into.fill(0);
        scatterAddRows(heap, into, from, tokens.value, rows(), width);
      };
      return {
        forward() {
          gather(y.value, table.value);
          return undefined;
        },
        backward: () => scatter(table.gradient, y.gradient),
        forwardTangent: () => gather(y.tangent, table.tangent),
        backwardTangent: () => scatter(table.gradientTangent, y.gradientTangent),
      };
    },
  });
  return y;
}
