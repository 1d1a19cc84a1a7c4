import { Failure } from '../failure.js';
import { createHeap, type Heap, heapOverhead, MAX_HEAP_BYTES } from '../kernels/heap.js';
import type { Vector } from '../kernels/vector.js';
import { type Dtype, layoutOf, type TensorShape, tensorShape, views } from '../layout.js';
import type { Graph, Labels, Memory, Network, NetworkPlan, Node, Op, OpSpec } from './graph.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
const NOTHING = new Float64Array(0);

interface Parameter {
  readonly node: Mutable<Node>;
  readonly tensor: TensorShape;
  readonly start: (values: Vector) => void;
}

/** Builds a graph; `build` declares it and is called once, here. `declared` is what it returned. */
export function planNetwork<T>(
  options: { readonly dtype: Dtype; readonly secondOrder: boolean; readonly batch: number | null },
  build: (graph: Graph) => T,
): { readonly plan: NetworkPlan; readonly declared: T } {
  const { dtype, secondOrder } = options;
  const parameters: Parameter[] = [];
  const nodes: Mutable<Node>[] = [];
  const labels: Mutable<Labels>[] = [];
  const memories: Mutable<Memory>[] = [];
  const ops: OpSpec[] = [];
  const newNode = (shape: readonly number[], differentiable: boolean): Mutable<Node> => ({
    shape,
    size: shape.reduce((product, extent) => product * extent, 1),
    differentiable,
    value: NOTHING,
    gradient: NOTHING,
    tangent: NOTHING,
    gradientTangent: NOTHING,
  });
  const kept = (node: Mutable<Node>): Node => {
    nodes.push(node);
    return node;
  };
  const declared = build({
    dtype,
    secondOrder,
    batch: options.batch === null ? null : { size: options.batch },
    parameter(name, shape, start) {
      const node = newNode(shape, true);
      parameters.push({ node, tensor: tensorShape(name, shape), start });
      return node;
    },
    input: (shape) => kept(newNode(shape, false)),
    labels(size) {
      const held = { size, value: new Int32Array(0) };
      labels.push(held);
      return held;
    },
    memory(size) {
      const held = { size, value: NOTHING };
      memories.push(held);
      return held;
    },
    node: (shape, differentiable = true) => kept(newNode(shape, differentiable)),
    op: (spec) => void ops.push(spec),
  });
  const layout = layoutOf(
    dtype,
    parameters.map(({ tensor }) => tensor),
  );
  const vectorsOf = ({ differentiable }: Node): number => (differentiable ? 2 : 1) * (secondOrder ? 2 : 1);
  const vectors = [
    // x and gradient; with second order their tangents and a place for the gradient meanwhile.
    ...Array.from({ length: secondOrder ? 5 : 2 }, () => layout.size),
    ...nodes.flatMap((node) => Array.from({ length: vectorsOf(node) }, () => node.size)),
    ...memories.map(({ size }) => size),
    ...ops.map(({ scratch = 0 }) => scratch),
  ];
  const width = dtype === 'float32' ? 4 : 8;
  const heapBytes =
    vectors.reduce((sum, size) => sum + size * width + 16, 0) +
    labels.reduce((sum, { size }) => sum + size * 4 + 16, 0);

  const plan: NetworkPlan = {
    layout,
    flops: ops.reduce((sum, { flops }) => sum + flops, 0),
    bytes: heapBytes + heapOverhead,
    allocate(room = 0) {
      if (heapBytes > MAX_HEAP_BYTES)
        throw new Failure(
          'COST_LIMIT',
          `the network would take about ${heapBytes} bytes; a memory of WebAssembly has ${MAX_HEAP_BYTES}`,
          { metadata: { unit: 'bytes', estimate: String(heapBytes), limit: String(MAX_HEAP_BYTES) } },
        );
      const heap = createHeap(heapBytes, room);
      const allocate = (n: number): Vector => (dtype === 'float32' ? heap.f32(n) : heap.f64(n));
      const flat = { value: allocate(layout.size), gradient: allocate(layout.size) };
      const tangents = secondOrder
        ? { tangent: allocate(layout.size), gradientTangent: allocate(layout.size) }
        : null;
      for (const [key, vector] of Object.entries({ ...flat, ...tangents }))
        views(layout, vector).forEach((view, i) => {
          (parameters[i] as Parameter).node[key as keyof typeof flat] = view;
        });
      for (const node of nodes) {
        node.value = allocate(node.size);
        if (node.differentiable) node.gradient = allocate(node.size);
        if (!secondOrder) continue;
        node.tangent = allocate(node.size);
        if (node.differentiable) node.gradientTangent = allocate(node.size);
      }
      for (const held of labels) held.value = heap.i32(held.size);
      for (const held of memories) held.value = allocate(held.size);
      for (const { node, start } of parameters) start(node.value);
      // Backward runs from the last op to the first, so the last one that takes a node is the first to write its gradient.
      const lastTaker = new Map<Node, number>();
      ops.forEach(({ inputs }, k) => {
        for (const input of inputs) lastTaker.set(input, k);
      });
      const made = ops.map((spec, k) =>
        spec.make({ heap, allocate, accumulates: (input) => lastTaker.get(input) !== k }),
      );
      const saved = secondOrder ? allocate(layout.size) : null;
      return newNetwork(heap, made, flat, tangents, saved);
    },
  };
  return { plan, declared };
}

function newNetwork(
  heap: Heap,
  ops: readonly Op[],
  flat: { readonly value: Vector; readonly gradient: Vector },
  tangents: { readonly tangent: Vector; readonly gradientTangent: Vector } | null,
  saved: Vector | null,
): Network {
  const loss = (training: boolean): number => {
    let sum = 0;
    for (let k = 0; k < ops.length; k++) sum += (ops[k] as Op).forward(training) ?? 0;
    return sum;
  };
  const backward = (): void => {
    for (let k = ops.length - 1; k >= 0; k--) (ops[k] as Op).backward();
  };
  const advance = (): void => {
    for (let k = 0; k < ops.length; k++) (ops[k] as Op).advance?.();
  };
  const tangentOf = (op: Op, direction: 'forwardTangent' | 'backwardTangent'): void => {
    const follow = op[direction];
    if (follow === undefined) throw new Error('an op of the graph has no second derivative');
    follow();
  };
  return {
    heap,
    x: flat.value,
    gradient: flat.gradient,
    loss,
    advance,
    valueAndGradient() {
      const value = loss(true);
      backward();
      advance();
      return value;
    },
    hessianVectorProduct(v, out) {
      if (tangents === null || saved === null) throw new Error('the plan was made without secondOrder');
      saved.set(flat.gradient);
      tangents.tangent.set(v);
      loss(true);
      backward();
      for (const op of ops) tangentOf(op, 'forwardTangent');
      for (const op of [...ops].reverse()) tangentOf(op, 'backwardTangent');
      out.set(tangents.gradientTangent);
      flat.gradient.set(saved);
    },
  };
}
