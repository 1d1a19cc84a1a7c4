import type { Heap } from './heap.js';
import { bitsOf, checkVector, rawKernels } from './raw.js';
import type { Vector } from './vector.js';
import { heapBase as scratch } from './wasm-module.js';

/** Images of h x w x c, channels together, become images of outH x outW x o; filters are o x c x kernel x kernel. */
export interface ConvolutionShape {
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly o: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

export const outputExtent = (
  extent: number,
  { kernel, stride, padding }: Pick<ConvolutionShape, 'kernel' | 'stride' | 'padding'>,
): number => Math.floor((extent + 2 * padding - kernel) / stride) + 1;

const NAMES = [
  'winogradFilters',
  'winogradFilterGradient',
  'winogradForward',
  'winogradBackward',
  'convolutionForward',
  'convolutionBackward',
  'arrangeFilters',
  'restoreFilters',
] as const;

/** Numbers of transformed inputs and outputs at a time: they stay in the L2 cache. */
const CHUNK = 65536;
/** Between the 16 matrices of transformed tiles or filters, as in assembly/winograd/geometry.ts. */
const GAP = 16;
const within = (value: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, Math.floor(value)));

/** Whether 16 products do for the four outputs of a tile; channels come in whole vectors of `lanes`. */
const isWinograd = (s: ConvolutionShape, lanes: number): boolean =>
  s.kernel === 3 && s.stride === 1 && s.padding === 1 && s.c % lanes === 0 && s.o % lanes === 0;

const chunkOf = (s: ConvolutionShape, winograd: boolean): number =>
  winograd ? within(CHUNK / (16 * (s.c + s.o)), 8, 256) : within(CHUNK / (s.kernel * s.kernel * s.c), 8, 512);

/** Numbers that a convolution keeps for itself, and numbers of work space that it may share with others. */
export function convolutionNumbers(s: ConvolutionShape, bits: 32 | 64): { own: number; work: number } {
  const winograd = isWinograd(s, 128 / bits);
  const chunk = chunkOf(s, winograd);
  const taps = s.kernel * s.kernel * s.c;
  return winograd
    ? { own: 32 * (s.c * s.o + GAP), work: s.w * s.c + 16 * (chunk * (s.c + s.o) + 2 * GAP) }
    : { own: 2 * taps * s.o, work: chunk * taps };
}

/** The three products of a convolution; `images` is how many of the vectors' images are taken. */
export interface Convolution {
  /** y ← x * w, or y += x * w. */
  forward(y: Vector, x: Vector, w: Vector, images: number, add: boolean): void;
  /** Gradients of x and w given that of y: each is overwritten or added to, and left out where it is null. */
  backward(
    dx: Vector | null,
    dw: Vector | null,
    dy: Vector,
    x: Vector,
    w: Vector,
    images: number,
    addX: boolean,
    addW: boolean,
  ): void;
}

/** `own` and `work` are vectors of the heap of the sizes that `convolutionNumbers` says. */
export function newConvolution(heap: Heap, shape: ConvolutionShape, own: Vector, work: Vector): Convolution {
  const bits = bitsOf(own);
  const kernels = rawKernels(heap, bits, NAMES);
  const { h, w: width, c, o, kernel, stride, padding } = shape;
  const outH = outputExtent(h, shape);
  const outW = outputExtent(width, shape);
  const taps = kernel * kernel;
  const plane = c * o + GAP;
  const numbers = convolutionNumbers(shape, bits);
  const winograd = isWinograd(shape, 128 / bits);
  const chunk = chunkOf(shape, winograd);
  if (own.length < numbers.own || work.length < numbers.work)
    throw new RangeError('the convolution has too little memory');
  const first = own.byteOffset;
  const second = own.subarray(numbers.own / 2).byteOffset;
  /** Every vector has to be one of this heap and as long as the images say: the kernels do not look. */
  const check = (images: number, x: Vector, y: Vector, w: Vector): void => {
    checkVector(heap, bits, x, images * h * width * c);
    checkVector(heap, bits, y, images * outH * outW * o);
    checkVector(heap, bits, w, o * c * taps);
  };

  return {
    forward(y, x, w, images, add) {
      check(images, x, y, w);
      if (winograd) {
        kernels.arrangeFilters(second, w.byteOffset, o, c, taps, 1, o, plane);
        kernels.winogradFilters(first, second, c * o);
        kernels.winogradForward(
          y.byteOffset,
          x.byteOffset,
          first,
          images,
          h,
          width,
          c,
          o,
          +add,
          work.byteOffset,
          chunk,
          scratch,
        );
      } else {
        kernels.arrangeFilters(first, w.byteOffset, o, c, taps, 1, o, c * o);
        kernels.convolutionForward(
          y.byteOffset,
          x.byteOffset,
          first,
          images,
          h,
          width,
          c,
          outH,
          outW,
          o,
          kernel,
          stride,
          padding,
          +add,
          work.byteOffset,
          chunk,
          scratch,
        );
      }
    },
    backward(dx, dw, dy, x, w, images, addX, addW) {
      check(images, x, dy, w);
      check(images, dx ?? x, dy, dw ?? w);
      if (dx !== null && !addX) dx.fill(0, 0, images * h * width * c);
      const into = dx === null ? 0 : dx.byteOffset;
      const sums = dw === null ? 0 : second;
      if (winograd) {
        if (dx !== null) {
          kernels.arrangeFilters(second, w.byteOffset, o, c, taps, c, 1, plane);
          kernels.winogradFilters(first, second, c * o);
        }
        if (dw !== null) own.fill(0, 16 * plane);
        kernels.winogradBackward(
          into,
          sums,
          first,
          x.byteOffset,
          dy.byteOffset,
          images,
          h,
          width,
          c,
          o,
          work.byteOffset,
          chunk,
          scratch,
        );
        if (dw === null) return;
        kernels.winogradFilterGradient(first, second, c * o);
        kernels.restoreFilters(dw.byteOffset, first, o, c, taps, o, plane, +addW);
      } else {
        if (dx !== null) kernels.arrangeFilters(first, w.byteOffset, o, c, taps, taps * c, 1, c);
        if (dw !== null) own.fill(0, taps * c * o);
        kernels.convolutionBackward(
          into,
          sums,
          first,
          x.byteOffset,
          dy.byteOffset,
          images,
          h,
          width,
          c,
          outH,
          outW,
          o,
          kernel,
          stride,
          padding,
          work.byteOffset,
          chunk,
          scratch,
        );
        if (dw !== null) kernels.restoreFilters(dw.byteOffset, second, o, c, taps, o, c * o, +addW);
      }
    },
  };
}
