import type { Numbers } from './tensors.js';

type Parameters = Readonly<Record<string, Numbers>>;

/** A regression or a multilayer perceptron of the golden files. */
export interface Model {
  readonly id: string;
  readonly model: string;
  readonly l2?: number;
  readonly loss_formula?: string;
  /** Of an mlp. */
  readonly sizes?: readonly number[];
  readonly activation?: string;
  readonly loss_kind?: string;
  readonly params: Parameters;
  readonly X: Numbers;
  readonly y: Numbers;
}

const MODELS: Readonly<Record<string, string>> = {
  softmax_regression: 'softmaxRegression',
  logistic_regression: 'logisticRegression',
  mlp: 'mlp',
};
const LOSSES: Readonly<Record<string, string>> = {
  mse_mean: 'meanSquaredError',
  ce_mean: 'crossEntropy',
};
export const isModel = ({ model }: { readonly model: string }): boolean => model in MODELS;

export function modelOf(c: Model, l2: number, tensor: (numbers: Numbers) => object): object {
  const data = { inline: { features: tensor(c.X), targets: tensor(c.y) } };
  if (c.model === 'mlp') return { mlp: mlpOf(data, c) };
  const classes = c.params['W']?.shape[0];
  return { [MODELS[c.model] as string]: { data, l2, ...(classes !== undefined && { classes }) } };
}
/** A case of the Hessians says it in words: a tanh MLP with mse_mean. */
function mlpOf(data: object, { sizes, params, activation = 'tanh', loss_kind = 'mse_mean' }: Model): object {
  const units = sizes ?? layersOf(params);
  const loss = LOSSES[loss_kind] as string;
  const classes = loss === 'crossEntropy' ? { classes: units.at(-1) } : {};
  return { data, hidden: units.slice(1, -1), activation, loss, ...classes };
}
const layersOf = (params: Parameters): number[] => [
  params['W0']?.shape[1] as number,
  ...Object.entries(params)
    .filter(([name]) => name.startsWith('W'))
    .map(([, { shape }]) => shape[0] as number),
];
/** In the order of the layout: a regression's weights and bias, or those of every layer. */
export const weightsAndBias = (p: Parameters): Numbers[] =>
  'W0' in p ? Object.values(p) : ([p['W'] ?? p['w'], p['b']] as Numbers[]);
