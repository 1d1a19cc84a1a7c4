import { embedding } from '../../network/embedding.js';
import type { Batch, Graph, Labels, Memory, Node } from '../../network/graph.js';
import { startWeights, startZero } from '../../network/initialization.js';
import { linear } from '../../network/linear.js';
import { crossEntropy } from '../../network/losses.js';
import { type Inputs, recurrentLayers, torchNames } from '../../network/recurrent/layers.js';
import type { FirstStates } from '../../network/recurrent/scan.js';
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
  const { cell, embeddingSize, hiddenSize, layers, tied, hiddenState, initialization } = params;
  const { steps, rows, vocabularySize } = source;
  const [inputs, next] = [graph.labels(steps * rows), graph.labels(steps * rows)];
  const states: Memory[] = [];
  const state = (): Memory => {
    const memory = graph.memory(rows * hiddenSize);
    states.push(memory);
    return memory;
  };
  const matrix = (name: string, tensor: number, outputs: number, width: number): Node =>
    graph.parameter(name, [outputs, width], startWeights(initialization, seed, tensor, width, outputs));

  const table = matrix('embedding', 0, vocabularySize, embeddingSize);
  const h = recurrentLayers(graph, embedded(graph, table, inputs, steps, rows), {
    cell,
    units: hiddenSize,
    layers,
    bias: true,
    names: torchNames,
    start: ({ tensor, inputs, outputs }) => startWeights(initialization, seed, tensor + 1, inputs, outputs),
    first: (): FirstStates =>
      hiddenState === 'reset'
        ? { kind: 'zero' }
        : { kind: 'carried', h: state(), c: cell === 'lstm' ? state() : null },
  });
  const output = tied ? table : matrix('W_out', 2 * layers + 1, vocabularySize, hiddenSize);
  const logits = linear(graph, h, output, graph.parameter('b_out', [vocabularySize], startZero));
  crossEntropy(graph, logits, next);
  return { window: graph.batch as Batch, inputs, next, states };
}

/**
 * What the tokens contribute to the gates: rows of E Wᵀ, or W times rows of E. A vocabulary smaller than the window costs
 * less as a whole, forward and back: 65 characters in place of 32 x 64 tokens.
 */
function embedded(graph: Graph, table: Node, tokens: Labels, steps: number, rows: number): Inputs {
  const [vocabulary, width] = table.shape as [number, number];
  const shape = [steps, rows];
  // The rows of the table are no steps of time.
  const whole: Graph = { ...graph, batch: null };
  return {
    width,
    contribute: (w) =>
      vocabulary <= steps * rows
        ? embedding(graph, linear(whole, table, w, null), tokens, shape)
        : linear(graph, embedding(graph, table, tokens, shape), w, null),
  };
}
