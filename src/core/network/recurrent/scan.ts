import { paddedColumns, type RecurrentKernels, recurrentKernels } from '../../kernels/recurrent.js';
import { axpy, type Vector } from '../../kernels/vector.js';
import type { Graph, Memory, Node, Op, Use } from '../graph.js';
import { type Cell, type CellMemory, type CellName, GATES } from './cell.js';
import { gruCell } from './gru.js';
import { lstmCell } from './lstm.js';
import { simpleCell } from './simple.js';
import { scanTangents, type Tangents, tangentsOf } from './tangents.js';

export interface Scan {
  readonly cell: CellName;
  /** What the inputs contribute: steps x rows x gates · units, without biases. Overwritten; nothing else may take it. */
  readonly z: Node;
  /** gates · units x units */
  readonly w: Node;
  readonly inputBias: Node | null;
  readonly stateBias: Node | null;
  readonly first: FirstStates;
  /** Truncation: no gradient flows from step t to step t - 1 where t, from 0, is a multiple of it. */
  readonly cut?: number | undefined;
}

/** h_0, and c_0 of LSTM, rows x units: zero, nodes, or memory in which the last states wait for the next evaluation. */
export type FirstStates =
  | { readonly kind: 'zero' }
  | { readonly kind: 'nodes'; readonly h: Node; readonly c: Node | null }
  | { readonly kind: 'carried'; readonly h: Memory; readonly c: Memory | null };

/** What an op of a layer works on: declared once with a `take` that counts, and once more with memory. */
export interface Prepared {
  readonly memory: CellMemory;
  readonly cell: Cell;
  /** For the sum of a bias' gradient. */
  readonly sums: Vector;
  readonly tangents: Tangents | null;
}

/** The states h (steps x rows x units) of a recurrent layer; backward is backpropagation through time. */
export function scan(graph: Graph, layer: Scan): Node {
  const { cell, z, w, inputBias, stateBias, first } = layer;
  const [steps, rows] = z.shape as [number, number];
  const units = w.shape[1] as number;
  const h = graph.node([steps, rows, units]);
  const states = first.kind === 'nodes' ? [first.h, first.c] : [];
  let numbers = 0;
  prepare(graph, layer, h, {} as RecurrentKernels, (n) => {
    numbers += aligned(n);
    return new Float64Array(0);
  });
  graph.op({
    inputs: [z, w, inputBias, stateBias, ...states].filter((node) => node !== null),
    outputs: [h],
    flops: (6 * units + 30) * GATES[cell] * units * steps * rows,
    scratch: numbers,
    make(use) {
      const arena = use.allocate(numbers);
      let next = 0;
      const take = (n: number): Vector => {
        next += aligned(n);
        return arena.subarray(next - aligned(n), next - aligned(n) + n);
      };
      const kernels = recurrentKernels(use.heap, BYTES[graph.dtype]);
      return scanOp(layer, h, prepare(graph, layer, h, kernels, take), use);
    },
  });
  return h;
}

const BYTES = { float32: 4, float64: 8 } as const;
/** Vectors of whole 16 bytes. */
const aligned = (n: number): number => Math.ceil(n / 4) * 4;

function prepare(
  { dtype, secondOrder }: Graph,
  { cell: name, z, w, first, cut }: Scan,
  h: Node,
  kernels: RecurrentKernels,
  take: (n: number) => Vector,
): Prepared {
  const [steps, rows, wide] = z.shape as [number, number, number];
  const units = w.shape[1] as number;
  const block = rows * units;
  const cellBlock = name === 'lstm' ? block : 0;
  const columns = [
    paddedColumns(rows, wide, BYTES[dtype]),
    paddedColumns(rows, units, BYTES[dtype]),
  ] as const;
  const memory: CellMemory = {
    kernels,
    steps,
    rows,
    units,
    cut: cut ?? steps,
    z,
    h,
    w,
    bias: take(name === 'gru' ? wide + units : wide),
    first: {
      h: first.kind === 'zero' ? take(block) : first.h.value,
      c: first.kind === 'zero' || first.c === null ? take(cellBlock) : first.c.value,
    },
    firstGradient: { h: take(block), c: take(cellBlock) },
    cellBlock,
    product: take(rows * Math.max(...columns)),
    stride: columns[1],
    panels: take(Math.max(columns[0] * units, columns[1] * wide)),
    allocate: take,
  };
  const cell =
    name === 'lstm' ? lstmCell(memory) : name === 'gru' ? gruCell(memory) : simpleCell(name, memory);
  return { memory, cell, sums: take(wide), tangents: secondOrder ? tangentsOf(memory, cell, first) : null };
}

function scanOp(layer: Scan, h: Node, prepared: Prepared, use: Use): Op {
  const { z, w, inputBias, stateBias, first } = layer;
  const { memory, cell, sums, tangents } = prepared;
  const { steps, rows, units, bias } = memory;
  const { heap, accumulates } = use;
  const wide = sums.length;
  const block = rows * units;
  const lastH = h.value.subarray(h.size - block);
  const later = { du: cell.du.subarray(rows * wide), h: h.value.subarray(0, h.size - block) };
  const firstDu = cell.du.subarray(0, rows * wide);
  const startsAtZero = first.kind === 'zero';
  const addsToW = accumulates(w);
  const addBias = (b: Node | null, from: Vector): void => {
    if (b === null) return;
    heap.columnSums(sums, from, steps * rows, wide);
    if (!accumulates(b)) b.gradient.fill(0);
    axpy(b.gradient, 1, sums);
  };
  const addState = (node: Node | null, gradient: Vector): void => {
    if (node === null || !node.differentiable) return;
    if (!accumulates(node)) node.gradient.fill(0);
    axpy(node.gradient, 1, gradient);
  };
  return {
    forward() {
      combineBiases(bias, inputBias, stateBias, units);
      cell.forward();
      return undefined;
    },
    backward() {
      cell.backward();
      // dW_h = Σ_t du_tᵀ h_{t-1}: one product over all steps but the first.
      heap.matmulTN(w.gradient, later.du, later.h, wide, units, (steps - 1) * rows, addsToW);
      if (!startsAtZero) heap.matmulTN(w.gradient, firstDu, memory.first.h, wide, units, rows, true);
      addBias(inputBias, z.gradient);
      addBias(stateBias, cell.du);
      if (first.kind !== 'nodes') return;
      addState(first.h, memory.firstGradient.h);
      addState(first.c, memory.firstGradient.c);
    },
    advance() {
      if (first.kind !== 'carried') return;
      first.h.value.set(lastH);
      first.c?.value.set(cell.lastC);
    },
    ...(tangents !== null && scanTangents(layer, prepared, tangents, use)),
  };
}

/** bias ← inputBias + stateBias; of GRU those of n apart, whose state's bias comes last. */
function combineBiases(bias: Vector, inputBias: Node | null, stateBias: Node | null, units: number): void {
  bias.fill(0);
  if (inputBias !== null) bias.set(inputBias.value);
  if (stateBias === null) return;
  const { value, size } = stateBias;
  const together = bias.length > size ? size - units : size;
  for (let j = 0; j < together; j++) bias[j] += value[j];
  for (let j = together; j < size; j++) bias[j + units] = value[j] as number;
}
