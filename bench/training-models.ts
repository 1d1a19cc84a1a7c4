import { numbers } from './measure.js';

/** One training step of a model: ours by its objective, the peers' by the same name in bench/peers/training.py. */
export interface Model {
  readonly name: string;
  readonly kind: string;
  readonly parameters: () => object;
}

type Dtype = 'float64' | 'float32';
const tensor = (shape: readonly number[], dtype: Dtype = 'float64'): object => {
  const values = numbers(shape.reduce((product, extent) => product * extent, 1));
  const data = dtype === 'float64' ? values : Float32Array.from(values);
  return { shape, dtype, raw: new Uint8Array(data.buffer) };
};
const labels = (shape: readonly number[], classes: number): object => {
  const values = numbers(shape.reduce((product, extent) => product * extent, 1));
  const drawn = values.map((v) => Math.floor(((v + 1) / 2) * classes));
  return { shape, raw: new Uint8Array(drawn.buffer) };
};

/** One sequence of steps of 8 numbers, no biases. */
export const rnn = (cell: string, n: number, dtype: Dtype, steps = 100): Model => ({
  name: `${cell} RNN, n = ${n}, T = ${steps}${dtype === 'float64' ? ', float64' : ''}`,
  kind: 'recurrent',
  parameters: () => ({
    data: { inline: { inputs: tensor([steps, 8]), targets: tensor([steps, 8]) } },
    cell,
    hiddenSize: n,
    bias: false,
    outputBias: false,
    spectralRadius: 0.9,
    dtype,
  }),
});

/** Eight sequences of 1000 steps; with the loss at the last, its gradient vanishes on the way to the first. */
export const longRnn = (cell: string, dtype: Dtype, lossAt: 'every' | 'last'): Model => ({
  name: `${cell} RNN, n = 64, T = 1000, ${dtype}, loss at ${lossAt}`,
  kind: 'recurrent',
  parameters: () => ({
    data: {
      inline: { inputs: tensor([1000, 8, 4]), targets: tensor(lossAt === 'last' ? [8, 2] : [1000, 8, 2]) },
    },
    cell,
    hiddenSize: 64,
    lossAt,
    spectralRadius: 0.9,
    dtype,
  }),
});

const lstm = (
  vocabulary: number,
  embedding: number,
  hidden: number,
  batch: number,
  steps: number,
): Model => ({
  name: `LSTM ${vocabulary} / ${embedding} / ${hidden}, batch ${batch}, T = ${steps}`,
  kind: 'languageModel',
  parameters: () => ({
    data: { tokens: { ids: labels([steps + 1, batch], vocabulary), vocabularySize: vocabulary } },
    embeddingSize: embedding,
    hiddenSize: hidden,
  }),
});

const resnet20 = (channels: number, side: number, batch: number): Model => ({
  name: `ResNet-20, ${channels} x ${side} x ${side}, batch ${batch}`,
  kind: 'residualNetwork',
  parameters: () => ({
    data: { inline: { images: tensor([batch, channels, side, side]), labels: labels([batch], 10) } },
    depth: 20,
    classes: 10,
    batchSize: batch,
  }),
});

const logistic = (rows: number, features: number, dtype: Dtype): Model => ({
  name: `logistic regression, ${rows} x ${features}${dtype === 'float64' ? ', float64' : ''}`,
  kind: 'logisticRegression',
  parameters: () => ({
    data: { inline: { features: tensor([rows, features], dtype), targets: labels([rows], 2) } },
    dtype,
  }),
});

const fit = (rows: number): Model => ({
  name: `expression, ${rows} rows, float64`,
  kind: 'expression',
  parameters: () => ({
    formula: 'mean((y - a*exp(-b*x) - c)^2) + 0.01*(a^2 + b^2 + c^2)',
    parameters: { a: 1, b: 1, c: 1 },
    data: { inline: { columns: { x: tensor([rows]), y: tensor([rows]) } } },
  }),
});

/** float32 unless the name says otherwise. */
export const models: readonly Model[] = [
  rnn('linear', 32, 'float64'),
  rnn('linear', 128, 'float64'),
  rnn('tanh', 128, 'float32'),
  lstm(65, 64, 128, 32, 64),
  lstm(1000, 200, 256, 20, 35),
  resnet20(1, 8, 64),
  resnet20(3, 32, 128),
  logistic(1797, 64, 'float64'),
  logistic(20000, 100, 'float64'),
  logistic(20000, 100, 'float32'),
  fit(1_000_000),
];
