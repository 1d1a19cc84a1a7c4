import { embedding } from '../../network/embedding.js';
import type { Batch, Graph, Labels, Memory, Node } from '../../network/graph.js';
import { startWeights, startZero } from '../../network/initialization.js';
import { linear } from '../../network/linear.js';
import { crossEntropy } from '../../network/losses.js';
import { GATES } from '../../network/recurrent/cell.js';
import { scan } from '../../network/recurrent/scan.js';
import type { Source } from './data.js';
import type { Params } from './params.js';

/** Where the feeder writes. The first axis of everything is time. */
export interface Ends {
  readonly window: Batch;
  readonly inputs: Labels;
  readonly next: Labels;
  /** States of all layers before the window; after a pass that advances, those behind it. Empty when states are reset. */
  readonly states: readonly Memory[];
}

/** Embedding, recurrent layers, softmax over the vocabulary: the mean of -log p(next token). */
export function declare(graph: Graph, params: Params, source: Source, seed: number): Ends {
  const { cell, embeddingSize, hiddenSize, tied, hiddenState } = params;
  const { steps, rows, vocabularySize } = source;
  const [inputs, next] = [graph.labels(steps * rows), graph.labels(steps * rows)];
  const states: Memory[] = [];
  let tensor = 0;
  const matrix = (name: string, outputs: number, width: number, fanOut = outputs): Node =>
    graph.parameter(
      name,
      [outputs, width],
      startWeights(params.initialization, seed, tensor++, width, fanOut),
    );
  const bias = (name: string, size: number): Node => graph.parameter(name, [size], startZero);
  const state = (): Memory => {
    const memory = graph.memory(rows * hiddenSize);
    states.push(memory);
    return memory;
  };

  const table = matrix('embedding', vocabularySize, embeddingSize);
  let x = embedding(graph, table, inputs, [steps, rows]);
  for (let layer = 0; layer < params.layers; layer++) {
    const width = x.shape[2] as number;
    const wide = GATES[cell] * hiddenSize;
    const wx = matrix(`weight_ih_l${layer}`, wide, width, hiddenSize);
    const w = matrix(`weight_hh_l${layer}`, wide, hiddenSize, hiddenSize);
    const inputBias = bias(`bias_ih_l${layer}`, wide);
    const stateBias = bias(`bias_hh_l${layer}`, wide);
    const z = linear(graph, x, wx, null);
    const first =
      hiddenState === 'reset'
        ? ({ kind: 'zero' } as const)
        : ({ kind: 'carried', h: state(), c: cell === 'lstm' ? state() : null } as const);
    x = scan(graph, { cell, z, w, inputBias, stateBias, first });
  }
  const output = tied ? table : matrix('W_out', vocabularySize, hiddenSize);
  const logits = linear(graph, x, output, bias('b_out', vocabularySize));
  crossEntropy(graph, logits, next);
  return { window: graph.batch as Batch, inputs, next, states };
}
