import type { Vector } from './vector.js';
import { type Exports, instantiate, type Kernels, kernelsOf, MAX_BYTES } from './wasm.js';
import { heapBase, scratchBytes } from './wasm-module.js';

export type { Heap };

const ALIGNMENT = 16;

/** Rows of which `sigmoidCrossEntropy` takes one logarithm. */
export const SIGMOID_ROWS = 128;

/** Bytes a heap reserves for itself: the module's static data and the packing panels. */
export const heapOverhead: number = heapBase + scratchBytes;

/** The most bytes of views that a heap can have. */
export const MAX_HEAP_BYTES: number = MAX_BYTES - heapOverhead;

/**
 * One WebAssembly instance with a memory of its own, which never grows, so its views stay valid. The kernels
 * work on views of this heap only; matrices are row-major, and the vectors of one call share their element
 * type.
 */
class Heap {
  /** Bytes of memory the heap holds, its overhead included. */
  readonly bytes: number;
  readonly #buffer: ArrayBuffer;
  /** The module's own functions, which take addresses in this heap's memory and check nothing. */
  readonly functions: Exports;
  readonly #single: Kernels;
  readonly #double: Kernels;
  readonly #end: number;
  #next = heapOverhead;
  /** The room lies behind the end. */
  readonly #roomEnd: number;
  #roomNext: number;

  constructor(bytes: number, room: number) {
    if (!(bytes >= 0 && bytes <= MAX_HEAP_BYTES)) {
      throw new RangeError(`a heap cannot hold ${bytes} bytes`);
    }
    this.#end = heapOverhead + align(bytes);
    this.#roomNext = this.#end;
    this.#roomEnd = Math.min(this.#end + align(room), MAX_BYTES);
    const { buffer, exports } = instantiate(this.#roomEnd);
    heaps.set(buffer, this);
    this.bytes = buffer.byteLength;
    this.#buffer = buffer;
    this.functions = exports;
    this.#single = kernelsOf(exports, 32);
    this.#double = kernelsOf(exports, 64);
  }

  /** A zeroed view, aligned to 16 bytes; a RangeError when the heap is full. */
  f64(length: number): Float64Array {
    return new Float64Array(this.#buffer, this.#reserve(length, 8), length);
  }

  f32(length: number): Float32Array {
    return new Float32Array(this.#buffer, this.#reserve(length, 4), length);
  }

  i32(length: number): Int32Array {
    return new Int32Array(this.#buffer, this.#reserve(length, 4), length);
  }

  /** Memory starts zeroed and is handed out once, so the view is zero. */
  #reserve(length: number, size: number): number {
    const at = this.#next;
    const next = at + align(length * size);
    if (!Number.isInteger(length) || length < 0 || next > this.#end) {
      throw new RangeError(`the heap has ${this.#end - at} bytes left, not ${length} elements of ${size}`);
    }
    this.#next = next;
    return at;
  }

  /** A zeroed view of the element type of x, in the room; null when that is full. */
  zeros(x: Vector, length: number): Vector | null {
    const at = this.#roomNext;
    const next = at + align(length * x.BYTES_PER_ELEMENT);
    if (next > this.#roomEnd) return null;
    this.#roomNext = next;
    return x instanceof Float32Array
      ? new Float32Array(this.#buffer, at, length)
      : new Float64Array(this.#buffer, at, length);
  }

  owns(x: Vector | Int32Array): boolean {
    return x.buffer === this.#buffer;
  }

  /** The kernels of the vectors' common element type, once every vector has proved to be one of this heap. */
  #kernels(x: Vector, ...others: Vector[]): Kernels {
    const double = x instanceof Float64Array;
    if (!this.owns(x)) throw new RangeError('the vector is not in this heap');
    for (const other of others) {
      if (!this.owns(other)) throw new RangeError('the vector is not in this heap');
      if (other instanceof Float64Array !== double) throw new TypeError('the vectors differ in element type');
    }
    return double ? this.#double : this.#single;
  }

  #checkIndices(index: Int32Array, count: number, bound: number): void {
    if (!this.owns(index)) throw new RangeError('the indices are not in this heap');
    fits(index, count, 1);
    if (this.functions.indicesWithin(index.byteOffset, count, bound) === 0) {
      throw new RangeError(`an index is not between 0 and ${bound - 1}`);
    }
  }

  /** C (m x n) = A (m x k) · Bᵀ (B is n x k); `accumulate` adds into C. */
  matmulNT(c: Vector, a: Vector, b: Vector, m: number, n: number, k: number, accumulate = false): void {
    const kernels = this.#kernels(c, a, b);
    fits(c, m, n);
    fits(a, m, k);
    fits(b, n, k);
    kernels.matmulNT(c.byteOffset, a.byteOffset, b.byteOffset, m, n, k, +accumulate, heapBase);
  }

  /** C (m x n) = Aᵀ · B, A is k x m, B is k x n. */
  matmulTN(c: Vector, a: Vector, b: Vector, m: number, n: number, k: number, accumulate = false): void {
    const kernels = this.#kernels(c, a, b);
    fits(c, m, n);
    fits(a, k, m);
    fits(b, k, n);
    kernels.matmulTN(c.byteOffset, a.byteOffset, b.byteOffset, m, n, k, +accumulate, heapBase);
  }

  /** C (m x n) = A (m x k) · B (k x n). */
  matmulNN(c: Vector, a: Vector, b: Vector, m: number, n: number, k: number, accumulate = false): void {
    const kernels = this.#kernels(c, a, b);
    fits(c, m, n);
    fits(a, m, k);
    fits(b, k, n);
    // A column is laid out like its transpose, and the product with rows contiguous in k reads A in order.
    const product = n === 1 ? kernels.matmulNT : kernels.matmulNN;
    product(c.byteOffset, a.byteOffset, b.byteOffset, m, n, k, +accumulate, heapBase);
  }

  /** target[i] = source[index[i]], `count` rows of `width` elements. */
  gatherRows(target: Vector, source: Vector, index: Int32Array, count: number, width: number): void {
    this.#kernels(target, source);
    fits(target, count, width);
    this.#checkIndices(index, count, width === 0 ? 0x7fffffff : Math.floor(source.length / width));
    const bytes = width * source.BYTES_PER_ELEMENT;
    this.functions.gatherRows(target.byteOffset, source.byteOffset, index.byteOffset, count, bytes);
  }

  /** Each row of x (m x n) += bias (n). */
  addRowBias(x: Vector, bias: Vector, m: number, n: number): void {
    const kernels = this.#kernels(x, bias);
    fits(x, m, n);
    fits(bias, 1, n);
    kernels.addRowBias(x.byteOffset, bias.byteOffset, m, n);
  }

  /** out (n) = column sums of x (m x n), in double from the first row to the last, rounded once. */
  columnSums(out: Vector, x: Vector, m: number, n: number): void {
    const kernels = this.#kernels(out, x);
    fits(x, m, n);
    fits(out, 1, n);
    kernels.columnSums(out.byteOffset, x.byteOffset, m, n);
  }

  /** In place: logits (m x n) -> (softmax - onehot(label)) * scale. Returns Σ -log p[label], not scaled. */
  softmaxCrossEntropy(logits: Vector, labels: Int32Array, m: number, n: number, scale: number): number {
    const kernels = this.#kernels(logits);
    fits(logits, m, n);
    this.#checkIndices(labels, m, n);
    const doubles = scratchBytes / 8;
    return kernels.softmaxCrossEntropy(logits.byteOffset, labels.byteOffset, m, n, scale, heapBase, doubles);
  }

  /**
   * In place: logits (m) -> (sigmoid(z) - y) * scale. Returns Σ softplus(z) - y z, not scaled. With `sum` (2 numbers) it goes
   * on from the rows before, a multiple of `SIGMOID_ROWS` of them, as if all came at once; at the first `sum` is zero.
   */
  sigmoidCrossEntropy(
    logits: Vector,
    targets: Vector,
    m: number,
    scale: number,
    sum: Float64Array | null = null,
  ): number {
    if (sum !== null) {
      if (!this.owns(sum)) throw new RangeError('the vector is not in this heap');
      fits(sum, 2, 1);
    }
    const kernels = this.#kernels(logits, targets);
    fits(logits, m, 1);
    fits(targets, m, 1);
    return kernels.sigmoidCrossEntropy(logits.byteOffset, targets.byteOffset, m, scale, sum?.byteOffset ?? 0);
  }

  /**
   * Σ x² of the first n elements in double, blocks of 8192 one after the other: lane j of eight adds x[8i + j]², the
   * block is ((l0+l2)+(l4+l6)) + ((l1+l3)+(l5+l7)), and the sum of its last squares is added to it.
   */
  sumOfSquares(x: Vector, n = x.length): number {
    const kernels = this.#kernels(x);
    fits(x, n, 1);
    return kernels.sumOfSquares(x.byteOffset, n);
  }

  /** x *= a; for Float32Array, a is rounded first. */
  scale(x: Vector, a: number): void {
    this.#kernels(x).scale(x.byteOffset, a, x.length);
  }

  /** y += a x; for Float32Array, a is rounded first. */
  axpy(y: Vector, a: number, x: Vector): void {
    const kernels = this.#kernels(y, x);
    fits(x, y.length, 1);
    kernels.axpy(y.byteOffset, a, x.byteOffset, y.length);
  }

  /** Rows of logits (m x n) whose first largest element is at the label. */
  countCorrect(logits: Vector, labels: Int32Array, m: number, n: number): number {
    const kernels = this.#kernels(logits);
    fits(logits, m, n);
    this.#checkIndices(labels, m, n);
    return kernels.countCorrect(logits.byteOffset, labels.byteOffset, m, n);
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function fits(x: Vector | Int32Array, rows: number, columns: number): void {
  if (!(Number.isInteger(rows) && Number.isInteger(columns) && rows >= 0 && columns >= 0)) {
    throw new RangeError(`${rows} x ${columns} is not a shape`);
  }
  if (x.length < rows * columns) throw new RangeError(`${rows} x ${columns} exceeds ${x.length} elements`);
}

const heaps = new WeakMap<ArrayBufferLike, Heap>();

/** The heap in which x lives, if any. */
export const heapOf = (x: Vector): Heap | null => heaps.get(x.buffer) ?? null;

/**
 * A heap for `bytes` bytes of views (each rounded up to 16); the garbage collector frees it. `room` more are for
 * vectors that belong to those in the heap and are made later, as far as a memory has so many.
 */
export function createHeap(bytes: number, room = 0): Heap {
  return new Heap(bytes, room);
}

/** Bytes of room for `count` vectors of each size. */
export const roomFor = (sizes: readonly number[], width: number, count: number): number =>
  count * sizes.reduce((sum, size) => sum + align(size * width), 0);
