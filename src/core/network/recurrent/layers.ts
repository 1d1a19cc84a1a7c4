import type { Vector } from '../../kernels/vector.js';
import type { Graph, Node } from '../graph.js';
import { startZero } from '../initialization.js';
import { linear } from '../linear.js';
import { type CellName, GATES } from './cell.js';
import { type FirstStates, scan } from './scan.js';

/** First values of the weights of a layer; `recurrent` for those of the states, which come in square blocks. */
export type Start = (weights: {
  readonly tensor: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly recurrent: boolean;
}) => (values: Vector) => void;

export interface Layers {
  readonly cell: CellName;
  readonly units: number;
  readonly layers: number;
  readonly bias: boolean;
  readonly start: Start;
  /** Those of `layerNames` when absent. */
  readonly names?: (layer: number) => LayerNames;
  first(layer: number): FirstStates;
  readonly cut?: number | undefined;
}

/** What goes into the first layer: its width, and what it contributes to the gates given its weights. */
export interface Inputs {
  readonly width: number;
  contribute(weights: Node): Node;
}

/** Inputs of steps x rows x width. */
export const sequences = (graph: Graph, x: Node): Inputs => ({
  width: x.shape[2] as number,
  contribute: (w) => linear(graph, x, w, null),
});

export interface LayerNames {
  readonly inputs: string;
  readonly states: string;
  readonly inputBias: string;
  readonly stateBias: string;
}

export const torchNames = (k: number): LayerNames => ({
  inputs: `weight_ih_l${k}`,
  states: `weight_hh_l${k}`,
  inputBias: `bias_ih_l${k}`,
  stateBias: `bias_hh_l${k}`,
});

/** PyTorch's names for gated cells; W_x, W_h, b_x, b_h for the others, numbered where there are several layers. */
export function layerNames(cell: CellName, layers: number, k: number): LayerNames {
  if (GATES[cell] > 1) return torchNames(k);
  const end = layers === 1 ? '' : `_l${k}`;
  return { inputs: `W_x${end}`, states: `W_h${end}`, inputBias: `b_x${end}`, stateBias: `b_h${end}` };
}

/** Parameters of each layer, and the states (steps x rows x units) of the last one. */
export function recurrentLayers(graph: Graph, inputs: Inputs, spec: Layers): Node {
  const { cell, units, layers, bias, start, cut } = spec;
  const wide = GATES[cell] * units;
  let below = inputs;
  let h: Node | null = null;
  for (let k = 0; k < layers; k++) {
    const names = spec.names?.(k) ?? layerNames(cell, layers, k);
    const weights = { tensor: 2 * k, inputs: below.width, outputs: units };
    const wx = graph.parameter(names.inputs, [wide, below.width], start({ ...weights, recurrent: false }));
    const wh = graph.parameter(
      names.states,
      [wide, units],
      start({ tensor: 2 * k + 1, inputs: units, outputs: units, recurrent: true }),
    );
    const inputBias = bias ? graph.parameter(names.inputBias, [wide], startZero) : null;
    const stateBias = bias ? graph.parameter(names.stateBias, [wide], startZero) : null;
    const z = below.contribute(wx);
    h = scan(graph, { cell, z, w: wh, inputBias, stateBias, first: spec.first(k), cut });
    below = sequences(graph, h);
  }
  return h as Node;
}
