import type { RecurrentKernels } from '../../kernels/recurrent.js';
import type { Vector } from '../../kernels/vector.js';
import type { Node } from '../graph.js';

export const cellNames = ['linear', 'tanh', 'relu', 'gru', 'lstm'] as const;
export type CellName = (typeof cellNames)[number];

/** Blocks of units in the weights of a cell, in PyTorch's order: GRU r, z, n; LSTM i, f, g, o. */
export const GATES: Readonly<Record<CellName, number>> = { linear: 1, tanh: 1, relu: 1, gru: 3, lstm: 4 };

/** A vector of each state of a cell; `c` is empty but for LSTM. */
export interface States {
  readonly h: Vector;
  readonly c: Vector;
}

/** What a cell works on. Arrays over time are steps x rows x units, those of gates steps x rows x gates · units. */
export interface CellMemory {
  readonly kernels: RecurrentKernels;
  readonly steps: number;
  readonly rows: number;
  readonly units: number;
  /** Where t is a multiple of it, no gradient flows from step t to step t - 1. */
  readonly cut: number;
  /** What the inputs contribute to the gates; the gates themselves after a forward pass. Its gradient is by the former. */
  readonly z: Node;
  readonly h: Node;
  readonly w: Node;
  /** The biases of inputs and states together; of GRU's n apart, inputs first. */
  readonly bias: Vector;
  readonly first: States;
  readonly firstGradient: States;
  /** Numbers of c_0: 0 for cells without. */
  readonly cellBlock: number;
  readonly product: Vector;
  /** Numbers from a row of dh = du W to the next, as a backward pass leaves it in `product`. */
  readonly stride: number;
  readonly panels: Vector;
  allocate(numbers: number): Vector;
}

/** The same for derivatives along a direction. */
export interface CellTangents {
  readonly first: States;
  readonly firstGradient: States;
}

export interface Cell {
  /** The derivative by what the states contribute to the gates, after a backward pass. */
  readonly du: Vector;
  forward(): void;
  /** Writes z.gradient, du and firstGradient. */
  backward(): void;
  /** The last state beside h. */
  readonly lastC: Vector;
  /** Second order: made for it alone. */
  tangent(tangents: CellTangents): CellTangent;
}

/** One step at a time, on rows x units numbers from `at` of the arrays over time. */
export interface CellTangent {
  /** Whether a backward pass leaves a part of the tangent of firstGradient.h there. */
  readonly addsToFirst: boolean;
  readonly du: Vector;
  /** Overwrites the tangent of z at step t with that of the gates; `product` is that of what the states contribute. */
  forward(t: number, product: Vector): void;
  /** a is the derivative by h_t, `da` its tangent; `flows` says whether derivatives come from step t + 1. */
  backward(t: number, a: Vector, da: Vector, flows: boolean): void;
}

/** into (rows x units) = or += the padded rows of a product. */
export function copyProduct(into: Vector, { product, stride, rows, units }: CellMemory, add: boolean): void {
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < units; j++)
      into[i * units + j] = (add ? into[i * units + j] : 0) + product[i * stride + j];
}
