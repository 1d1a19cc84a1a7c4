import { invalidField } from '../../failure.js';
import type { Vector } from '../../kernels/vector.js';
import type { Graph, Node } from '../../network/graph.js';
import { startZero } from '../../network/initialization.js';
import { type CellName, GATES } from '../../network/recurrent/cell.js';
import type { FirstStates } from '../../network/recurrent/scan.js';
import { slice } from '../../network/slice.js';
import { numbersOf, type Tensor } from '../../tensor.js';

export interface StateSpec {
  readonly cell: CellName;
  readonly layers: number;
  readonly units: number;
  /** Sequences of an iteration, and all of them. */
  readonly batch: number;
  readonly sequences: number;
  readonly learn: boolean;
  readonly initialState: Tensor | undefined;
  readonly initialCell: Tensor | undefined;
}

export interface FirstLayerStates {
  first(layer: number): FirstStates;
  /** Writes the given states of the chosen sequences into the memory of the graph. */
  write(chosen: ArrayLike<number>): void;
}

type Writer = (values: Vector, chosen: ArrayLike<number>) => void;

/** h_0, and c_0 of LSTM, of all layers: parameters where they are learned, inputs where they are given, else zero. */
export function firstStates(graph: Graph, spec: StateSpec): FirstLayerStates {
  const { cell, learn, batch, sequences } = spec;
  if (spec.initialCell !== undefined && cell !== 'lstm')
    throw invalidField('objective.recurrent.initialCell', `is for the cell lstm, got ${cell}`);
  if (learn && batch < sequences)
    throw invalidField(
      'objective.recurrent.learnInitialState',
      `every sequence has its own: an iteration needs all ${sequences}, batchSize is ${batch}`,
    );
  if (!learn && spec.initialState === undefined && spec.initialCell === undefined)
    return { first: () => ({ kind: 'zero' }), write: () => {} };
  const writers = [writer(spec, 'initialState'), ...(cell === 'lstm' ? [writer(spec, 'initialCell')] : [])];
  const all = Array.from({ length: sequences }, (_, i) => i);
  const nodes = writers.map((write, i) =>
    learn
      ? graph.parameter(i === 0 ? 'h0' : 'c0', shapeOf(spec), (values) => write(values, all))
      : graph.input(shapeOf(spec)),
  );
  const layerOf = (node: Node, k: number): Node => (node.shape.length === 2 ? node : slice(graph, node, k));
  return {
    first(k) {
      const [h, c = null] = nodes.map((node) => layerOf(node, k));
      return { kind: 'nodes', h: h as Node, c };
    },
    write(chosen) {
      if (!learn) nodes.forEach((node, i) => void (writers[i] as Writer)(node.value, chosen));
    },
  };
}

/** Simple cells of one layer have a matrix, as the formula has it; all others have PyTorch's axis of layers. */
const shapeOf = ({ cell, layers, units, batch }: StateSpec): number[] =>
  layers === 1 && GATES[cell] === 1 ? [batch, units] : [layers, batch, units];

/** One state for all, one for each sequence, or one for each layer and sequence. */
function writer(spec: StateSpec, field: 'initialState' | 'initialCell'): Writer {
  const { layers, sequences, units } = spec;
  const given = spec[field];
  if (given === undefined) return startZero;
  const accepted = [[units], ...(layers === 1 ? [[sequences, units]] : []), [layers, sequences, units]];
  if (!accepted.some((shape) => shape.join() === given.shape.join()))
    throw invalidField(
      `objective.recurrent.${field}`,
      `must have shape ${accepted.map((shape) => `[${shape.join(', ')}]`).join(' or ')}, got [${given.shape.join(', ')}]`,
    );
  const numbers = numbersOf(given);
  const shared = given.shape.length === 1;
  return (values, chosen) => {
    let at = 0;
    for (let k = 0; k < layers; k++)
      for (let s = 0; s < chosen.length; s++) {
        const from = shared ? 0 : (k * sequences + (chosen[s] as number)) * units;
        for (let j = 0; j < units; j++) values[at++] = numbers[from + j] as number;
      }
  };
}
