import {
  type ConvolutionShape,
  convolutionNumbers,
  newConvolution,
  outputExtent,
} from '../kernels/convolution.js';
import type { Graph, Memory, Node } from './graph.js';

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly padding?: number;
  /** Work space that convolutions share, of `workNumbers` of each of them; its own when absent. */
  readonly work?: Memory;
}

function shapeOf(x: readonly number[], w: readonly number[], options: ConvolutionOptions): ConvolutionShape {
  const [, h, width, c] = x as [number, number, number, number];
  const [o, , kernel] = w as [number, number, number];
  const { stride = 1, padding = 0 } = options;
  return { h, w: width, c, o, kernel, stride, padding };
}

/** Numbers that the convolution of images [n, h, w, c] with filters [o, c, k, k] works in. */
export const workNumbers = (
  { dtype }: Graph,
  x: readonly number[],
  w: readonly number[],
  options: ConvolutionOptions,
): number => convolutionNumbers(shapeOf(x, w, options), dtype === 'float32' ? 32 : 64).work;

/** Examples of the current evaluation. */
export const imagesOf = ({ batch }: Graph, x: Node): number =>
  batch === null ? (x.shape[0] as number) : batch.size;

/**
 * y [n, h', w', o] = x [n, h, w, c] * w [o, c, k, k]: y(i, j) = Σ_ab W(a, b) x(s i + a - p, s j + b - p), zero outside x.
 * Channels come last in images; filters have the order of PyTorch. It is linear in both, and its gradients are
 * the adjoints.
 */
export function convolution(graph: Graph, x: Node, w: Node, options: ConvolutionOptions = {}): Node {
  const shape = shapeOf(x.shape, w.shape, options);
  const outH = outputExtent(shape.h, shape);
  const outW = outputExtent(shape.w, shape);
  const y = graph.node([x.shape[0] as number, outH, outW, shape.o]);
  const numbers = convolutionNumbers(shape, graph.dtype === 'float32' ? 32 : 64);
  const products = y.size * shape.kernel * shape.kernel * shape.c;
  graph.op({
    inputs: [x, w],
    outputs: [y],
    flops: (x.differentiable ? 6 : 4) * products,
    scratch: numbers.own + (options.work === undefined ? numbers.work : 0) + 8,
    make({ heap, allocate, accumulates }) {
      const work = options.work?.value ?? allocate(numbers.work);
      const kernel = newConvolution(heap, shape, allocate(numbers.own), work);
      const [addToX, addToW] = [accumulates(x), accumulates(w)];
      const images = (): number => imagesOf(graph, x);
      return {
        forward() {
          kernel.forward(y.value, x.value, w.value, images(), false);
          return undefined;
        },
        backward() {
          const dx = x.differentiable ? x.gradient : null;
          kernel.backward(dx, w.gradient, y.gradient, x.value, w.value, images(), addToX, addToW);
        },
        forwardTangent() {
          kernel.forward(y.tangent, x.value, w.tangent, images(), false);
          if (x.differentiable) kernel.forward(y.tangent, x.tangent, w.value, images(), true);
        },
        backwardTangent() {
          const dx = x.differentiable ? x.gradientTangent : null;
          const dw = w.gradientTangent;
          kernel.backward(dx, dw, y.gradientTangent, x.value, w.value, images(), addToX, addToW);
          if (dx === null) return;
          kernel.backward(dx, null, y.gradient, x.value, w.tangent, images(), true, true);
          kernel.backward(null, dw, y.gradient, x.tangent, w.value, images(), true, true);
        },
      };
    },
  });
  return y;
}
