import type { Numbers } from './tensors.js';

/** A case of grad_rnn.json, grad_gated.json, or a recurrent one of hessian.json. */
export interface RecurrentCase {
  readonly id: string;
  readonly cell?: string;
  /** rnn_linear and rnn_tanh, of the Hessians. */
  readonly model?: string;
  readonly layers?: number;
  readonly loss_kind?: string;
  readonly params: Readonly<Record<string, Numbers>>;
  readonly x: Numbers;
  readonly y: Numbers;
  readonly h0?: Numbers;
  readonly c0?: Numbers;
}

const LOSSES: Readonly<Record<string, string>> = {
  half_sse_time_mean: 'halfSquaredError',
  sse_time_mean: 'squaredError',
  mse_mean: 'meanSquaredError',
  ce_mean: 'crossEntropy',
};

/** The objective of a case, its first states as parameters. */
export function recurrentOf(c: RecurrentCase, tensor: (numbers: Numbers) => object): object {
  const cell = (c.cell ?? c.model?.replace('rnn_', '') ?? '').toLowerCase();
  const loss = LOSSES[c.loss_kind ?? 'half_sse_time_mean'] as string;
  const outputs = c.params['W_o'] as Numbers;
  const labelled = loss === 'crossEntropy';
  return {
    recurrent: {
      data: { inline: { inputs: tensor(c.x), [labelled ? 'labels' : 'targets']: tensor(c.y) } },
      cell,
      hiddenSize: outputs.shape[1],
      layers: c.layers ?? 1,
      bias: 'b_x' in c.params || 'bias_ih_l0' in c.params,
      outputBias: 'b_o' in c.params,
      loss,
      ...(labelled && { classes: outputs.shape[0] }),
      learnInitialState: c.h0 !== undefined,
    },
  };
}

/** Everything that has a gradient, by the names of the service. */
export function namedParameters({ params, h0, c0 }: RecurrentCase): Numbers[] {
  const all = { ...params, ...(h0 !== undefined && { h0 }), ...(c0 !== undefined && { c0 }) };
  return Object.entries(all).map(([name, numbers]) => ({ ...numbers, name }));
}
