import { axpy, type Vector } from '../../kernels/vector.js';
import type { Node, Op, Use } from '../graph.js';
import type { Cell, CellMemory, CellTangent, States } from './cell.js';
import type { FirstStates, Prepared, Scan } from './scan.js';

/** What Hessian-vector products take beside the two passes. */
export interface Tangents {
  readonly cell: CellTangent;
  readonly first: States;
  readonly firstGradient: States;
  /** What the states contribute to the gates of a step. */
  readonly product: Vector;
  /** The derivative by h_t, and its tangent. */
  readonly a: Vector;
  readonly da: Vector;
}

export function tangentsOf(memory: CellMemory, cell: Cell, first: FirstStates): Tangents {
  const { rows, units, cellBlock, z, allocate } = memory;
  const wide = z.shape[2] as number;
  const block = rows * units;
  const nodes = first.kind === 'nodes' ? first : null;
  const states = {
    first: {
      h: nodes === null ? allocate(block) : nodes.h.tangent,
      c: nodes === null || nodes.c === null ? allocate(cellBlock) : nodes.c.tangent,
    },
    firstGradient: { h: allocate(block), c: allocate(cellBlock) },
  };
  return {
    ...states,
    cell: cell.tangent(states),
    product: allocate(rows * wide),
    a: allocate(block),
    da: allocate(block),
  };
}

type Step = (x: Vector, t: number) => Vector;

/** The derivatives of both passes along a direction, step by step; a dot of the formulas is `tangent` here. */
export function scanTangents(
  { w, z, inputBias, stateBias, first }: Scan,
  { memory, cell, sums }: Prepared,
  tangents: Tangents,
  { heap, accumulates }: Use,
): Pick<Op, 'forwardTangent' | 'backwardTangent'> {
  const { steps, rows, units, cut, h } = memory;
  const { product, a, da } = tangents;
  const wide = sums.length;
  const ofStates: Step = (x, t) => x.subarray(t * rows * units, (t + 1) * rows * units);
  const ofGates: Step = (x, t) => x.subarray(t * rows * wide, (t + 1) * rows * wide);
  const stateBefore = (t: number): Vector => (t === 0 ? memory.first.h : ofStates(h.value, t - 1));
  const tangentBefore = (t: number): Vector => (t === 0 ? tangents.first.h : ofStates(h.tangent, t - 1));
  const addBias = (b: Node | null, from: Vector): void => {
    if (b === null) return;
    heap.columnSums(sums, from, steps * rows, wide);
    if (!accumulates(b)) b.gradientTangent.fill(0);
    axpy(b.gradientTangent, 1, sums);
  };
  const addState = (node: Node | null, gradient: Vector): void => {
    if (node === null || !node.differentiable) return;
    if (!accumulates(node)) node.gradientTangent.fill(0);
    axpy(node.gradientTangent, 1, gradient);
  };
  /** a ← du W and da ← du̇ W + du Ẇ of step t. */
  const back = (t: number): void => {
    heap.matmulNN(a, ofGates(cell.du, t), w.value, rows, units, wide);
    heap.matmulNN(da, ofGates(tangents.cell.du, t), w.value, rows, units, wide);
    heap.matmulNN(da, ofGates(cell.du, t), w.tangent, rows, units, wide, true);
  };
  return {
    forwardTangent() {
      if (inputBias !== null) heap.addRowBias(z.tangent, inputBias.tangent, steps * rows, wide);
      for (let t = 0; t < steps; t++) {
        heap.matmulNT(product, tangentBefore(t), w.value, rows, wide, units);
        heap.matmulNT(product, stateBefore(t), w.tangent, rows, wide, units, true);
        if (stateBias !== null) heap.addRowBias(product, stateBias.tangent, rows, wide);
        tangents.cell.forward(t, product);
      }
    },
    backwardTangent() {
      for (let t = steps - 1; t >= 0; t--) {
        const flows = t < steps - 1 && (t + 1) % cut !== 0;
        if (flows) back(t + 1);
        else {
          a.fill(0);
          da.fill(0);
        }
        axpy(a, 1, ofStates(h.gradient, t));
        axpy(da, 1, ofStates(h.gradientTangent, t));
        tangents.cell.backward(t, a, da, flows);
      }
      const into = w.gradientTangent;
      if (!accumulates(w)) into.fill(0);
      for (let t = 0; t < steps; t++) {
        heap.matmulTN(into, ofGates(tangents.cell.du, t), stateBefore(t), wide, units, rows, true);
        heap.matmulTN(into, ofGates(cell.du, t), tangentBefore(t), wide, units, rows, true);
      }
      addBias(inputBias, z.gradientTangent);
      addBias(stateBias, tangents.cell.du);
      if (first.kind !== 'nodes') return;
      back(0);
      // GRU has left there what passes through its gate z.
      addInto(tangents.firstGradient.h, da, tangents.cell.addsToFirst);
      addState(first.h, tangents.firstGradient.h);
      addState(first.c, tangents.firstGradient.c);
    },
  };
}

function addInto(into: Vector, from: Vector, add: boolean): void {
  if (!add) into.fill(0);
  axpy(into, 1, from);
}
