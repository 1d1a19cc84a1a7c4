import { planNetwork } from '../../network/network.js';
import { defineObjective } from '../objective.js';
import { KIND, openSource } from './data.js';
import { declare } from './network.js';
import { params } from './params.js';
import { planLanguageModel } from './training.js';

export const languageModel = defineObjective({
  kind: KIND,
  summary:
    'Predicts the next character or word of a text: embedding, recurrent layers, softmax; truncated backpropagation through time.',
  formula:
    '-(1/TB) Σ_t Σ_b log softmax(W_out h_t + b_out)[token_{t+1}], h the states of recurrent layers over embedding[token_t]',
  latex: String.raw`-\frac{1}{TB} \sum_{t,b} \log \operatorname{softmax}(W_{\mathrm{out}} h_t + b_{\mathrm{out}})_{w_{t+1}}, \quad h_t = \operatorname{cell}(E_{w_t}, h_{t-1})`,
  source:
    'Mikolov et al. 2010; clipping: Pascanu, Mikolov, Bengio 2013; tied: Press and Wolf 2017; cells as in torch.nn',
  params,
  example: {
    data: { text: 'the more you clip the less you slip, the less you slip the more you trip' },
    embeddingSize: 3,
    hiddenSize: 4,
    batchSize: 2,
    sequenceLength: 8,
  },
  knowledge: {
    smoothness: {
      none: 'as deep in time as the window is long: the curvature grows with powers of the weights where the cells are linear, and faster than the gradient',
    },
    minimum: { says: 'not below 0' },
  },
  build: (params) => (context) => {
    const source = openSource(params, context.datasets);
    const { dtype } = params;
    const { plan, declared } = planNetwork(
      { dtype, secondOrder: context.secondOrder, batch: source.steps },
      (graph) => declare(graph, params, source, context.seed),
    );
    return planLanguageModel(plan, declared, source);
  },
});
