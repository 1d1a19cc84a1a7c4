import { checkVector, rawKernels } from '../kernels/raw.js';
import type { Vector } from '../kernels/vector.js';
import { imagesOf } from './convolution.js';
import { activeSize, type Graph, type Node, type Op, type Use } from './graph.js';

const NAMES = ['poolMean', 'poolBackward', 'subsample'] as const;
type Extent = [number, number, number, number];

/** A linear map: the same for values and tangents, its adjoint for gradients. */
const linearMap = (
  x: Node,
  y: Node,
  map: (y: Vector, x: Vector) => void,
  adjoint: (dx: Vector, dy: Vector) => void,
): Op => ({
  forward() {
    map(y.value, x.value);
    return undefined;
  },
  backward() {
    if (x.differentiable) adjoint(x.gradient, y.gradient);
  },
  forwardTangent: () => map(y.tangent, x.tangent),
  backwardTangent() {
    if (x.differentiable) adjoint(x.gradientTangent, y.gradientTangent);
  },
});

/** The kernels of the graph's element type, once both images have proved to be in the heap. */
function kernelsOf({ heap }: Use, graph: Graph, x: Node, y: Node) {
  const bits = graph.dtype === 'float32' ? 32 : 64;
  checkVector(heap, bits, x.value, x.size);
  checkVector(heap, bits, y.value, y.size);
  return rawKernels(heap, bits, NAMES);
}

/** y [n, c] = the mean over the places of x [n, h, w, c]. */
export function globalAverage(graph: Graph, x: Node): Node {
  const [n, h, w, c] = x.shape as Extent;
  const y = graph.node([n, c], x.differentiable);
  graph.op({
    inputs: [x],
    outputs: [y],
    flops: 2 * x.size,
    make(use) {
      const { poolMean, poolBackward } = kernelsOf(use, graph, x, y);
      const adds = +use.accumulates(x);
      return linearMap(
        x,
        y,
        (to, from) => poolMean(to.byteOffset, from.byteOffset, imagesOf(graph, x), h * w, c),
        (to, from) => poolBackward(to.byteOffset, from.byteOffset, imagesOf(graph, x), h * w, c, adds),
      );
    },
  });
  return y;
}

/**
 * The shortcut without parameters of He et al. 2016 (option A): every second row and column of x [n, h, w, c], the
 * channels after c of the result zero.
 */
export function subsample(graph: Graph, x: Node, channels: number): Node {
  const [n, h, w, c] = x.shape as Extent;
  const y = graph.node([n, Math.ceil(h / 2), Math.ceil(w / 2), channels], x.differentiable);
  graph.op({
    inputs: [x],
    outputs: [y],
    flops: y.size,
    make(use) {
      const kernels = kernelsOf(use, graph, x, y);
      const adds = use.accumulates(x);
      const run = (of: Vector, whole: Vector, back: boolean): void =>
        kernels.subsample(of.byteOffset, whole.byteOffset, imagesOf(graph, x), h, w, c, channels, +back);
      return linearMap(
        x,
        y,
        (to, from) => run(to, from, false),
        (to, from) => {
          if (!adds) to.fill(0, 0, activeSize(graph, x));
          run(from, to, true);
        },
      );
    },
  });
  return y;
}
