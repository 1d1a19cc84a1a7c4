import { channelNumbers, newChannels } from '../kernels/channels.js';
import type { Vector } from '../kernels/vector.js';
import type { ChannelOptions } from './batch-norm.js';
import { activeSize, type Graph, type Node } from './graph.js';

/** y = φ(x + b + residual) for x [n, ..., c] and b [c], φ the identity or the positive part. */
export function channelBias(
  graph: Graph,
  x: Node,
  b: Node,
  { residual = null, relu = false }: ChannelOptions = {},
): Node {
  const c = x.shape.at(-1) as number;
  const y = graph.node(x.shape);
  const width = graph.dtype === 'float32' ? 4 : 8;
  graph.op({
    inputs: residual === null ? [x, b] : [x, b, residual],
    outputs: [y],
    flops: 8 * x.size,
    scratch: channelNumbers(c, width),
    make({ heap, allocate, accumulates }) {
      const channels = newChannels(heap, allocate, c, width === 4 ? 32 : 64, relu);
      const [addToX, addToB] = [accumulates(x), accumulates(b)];
      const addToResidual = residual !== null && (residual === x || accumulates(residual));
      const rowsOf = (): number => activeSize(graph, x) / c;
      channels.factor.fill(1);
      /** The same for gradients and for their tangents: the ReLU has no curvature. */
      const back = (of: 'gradient' | 'gradientTangent'): void => {
        const rows = rowsOf();
        channels.gradientSums(y[of], y.value, x.value, rows);
        const into: Vector = b[of];
        for (let j = 0; j < c; j++) into[j] = (addToB ? into[j] : 0) + (channels.sums[j] as number);
        channels.shift.fill(0);
        const dx = x.differentiable ? x[of] : null;
        const through = residual?.differentiable ? residual[of] : null;
        channels.backward(dx, through, y[of], y.value, x.value, rows, addToX, addToResidual);
      };
      return {
        forward() {
          channels.shift.set(b.value);
          channels.normalize(y.value, x.value, residual === null ? null : residual.value, rowsOf());
          return undefined;
        },
        backward: () => back('gradient'),
        forwardTangent() {
          const n = activeSize(graph, x);
          for (let i = 0; i < n; i++) {
            const dot = x.tangent[i] + b.tangent[i % c] + (residual === null ? 0 : residual.tangent[i]);
            y.tangent[i] = relu && !(y.value[i] > 0) ? 0 : dot;
          }
        },
        backwardTangent: () => back('gradientTangent'),
      };
    },
  });
  return y;
}
