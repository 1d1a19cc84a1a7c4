import type { Heap } from '../kernels/heap.js';
import type { Vector } from '../kernels/vector.js';
import type { Dtype, Layout } from '../layout.js';

/**
 * A row-major array of the graph. Its vectors exist once the graph is allocated: `value` and `gradient`, the
 * derivative of the loss with respect to it, and with second order their derivatives along a direction.
 */
export interface Node {
  readonly shape: readonly number[];
  readonly size: number;
  readonly differentiable: boolean;
  readonly value: Vector;
  readonly gradient: Vector;
  readonly tangent: Vector;
  readonly gradientTangent: Vector;
}

/** Integers that the feeder writes: class labels, tokens. */
export interface Labels {
  readonly size: number;
  readonly value: Int32Array;
}

/** Memory that is no parameter and outlives an evaluation, zero at first: running statistics, a carried state. */
export interface Memory {
  readonly size: number;
  readonly value: Vector;
}

export interface Op {
  /** Computes the outputs' values; a loss returns what it adds to f(x). */
  forward(training: boolean): number | undefined;
  /**
   * Writes the gradients of the differentiable inputs from those of the outputs: adds to them where
   * `accumulates(input)`, else overwrites them. Leaves values and the outputs' gradients as they are.
   */
  backward(): void;
  /** What remains for the next evaluation, once per evaluation that trains. */
  advance?(): void;
  /** The same as `forward` and `backward` for `tangent` and `gradientTangent`; called after both. */
  forwardTangent?(): void;
  backwardTangent?(): void;
}

export interface OpSpec {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Node[];
  /** Floating-point operations of forward and backward together. */
  readonly flops: number;
  /** Numbers that `make` allocates. */
  readonly scratch?: number;
  make(use: Use): Op;
}

export interface Use {
  readonly heap: Heap;
  allocate(numbers: number): Vector;
  accumulates(input: Node): boolean;
}

/** Examples of the current evaluation, at most those of the shapes: the first axis of everything but parameters. */
export interface Batch {
  size: number;
}

export interface Graph {
  readonly dtype: Dtype;
  readonly secondOrder: boolean;
  /** Null where the first axis is no axis of examples. */
  readonly batch: Batch | null;
  /** Parameters follow one another in x as they are declared. `start` writes the first values. */
  parameter(name: string, shape: readonly number[], start: (values: Vector) => void): Node;
  /** Written by the feeder; no gradient. */
  input(shape: readonly number[]): Node;
  labels(size: number): Labels;
  memory(size: number): Memory;
  node(shape: readonly number[], differentiable?: boolean): Node;
  op(spec: OpSpec): void;
}

/** A graph that is complete, and what it takes. */
export interface NetworkPlan {
  readonly layout: Layout;
  readonly flops: number;
  readonly bytes: number;
  /** `room` bytes more are for vectors that are made later. */
  allocate(room?: number): Network;
}

/** A graph in memory of its own. Nothing is allocated after this. */
export interface Network {
  readonly heap: Heap;
  readonly x: Vector;
  readonly gradient: Vector;
  /** f at x on what the feeder wrote. */
  loss(training: boolean): number;
  /** Keeps what of the last `loss` remains for the next; `valueAndGradient` does so itself. */
  advance(): void;
  valueAndGradient(): number;
  /** out ← ∇²f(x) v; leaves `gradient` as it is. */
  hessianVectorProduct(v: Vector, out: Vector): void;
}

/** Numbers of a node that belong to the examples of the current evaluation; they come first. */
export const activeSize = ({ batch }: Graph, { size, shape }: Node): number =>
  batch === null ? size : (size / (shape[0] as number)) * batch.size;
