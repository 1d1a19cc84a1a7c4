import type { Vector } from '../kernels/vector.js';
import type { Graph, Node } from './graph.js';

/** Entry `index` of the first axis. */
export function slice(graph: Graph, from: Node, index: number): Node {
  const part = graph.node(from.shape.slice(1), from.differentiable);
  const at = index * part.size;
  graph.op({
    inputs: [from],
    outputs: [part],
    flops: 2 * part.size,
    make({ accumulates }) {
      const adds = accumulates(from);
      const back = (into: Vector, gradient: Vector): void => {
        if (!adds) into.fill(0);
        for (let i = 0; i < part.size; i++) into[at + i] += gradient[i];
      };
      const cut = (x: Vector): Vector => x.subarray(at, at + part.size);
      return {
        forward() {
          part.value.set(cut(from.value));
          return undefined;
        },
        backward() {
          if (from.differentiable) back(from.gradient, part.gradient);
        },
        forwardTangent: () => part.tangent.set(cut(from.tangent)),
        backwardTangent() {
          if (from.differentiable) back(from.gradientTangent, part.gradientTangent);
        },
      };
    },
  });
  return part;
}
