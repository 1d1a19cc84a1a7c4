import { defineExperiment } from './experiment.js';
import { clippingTo, nameOf, SEEDS } from './settings.js';
import { mean, rounded, thinned } from './statistics.js';

/** Two values of mean 0: 2 with probability 0.1, else -0.222. */
const SCALE = 2;
const PROBABILITY = 0.1;
const VARIANCE = (SCALE * SCALE * PROBABILITY) / (1 - PROBABILITY);
/** Updates, in units of 1/γ; the latter half is what the plateau is taken from. */
const LENGTH = 60;
const ROWS = 1200;

type Setting = { readonly threshold: number | null; readonly learningRate: number; readonly samples: number };
const RATES = [0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const SMALLEST = RATES.at(-1) as number;
const SETTINGS: readonly Setting[] = [
  ...[null, 1].flatMap((threshold) => RATES.map((learningRate) => ({ threshold, learningRate, samples: 1 }))),
  ...[0.3, 0.5, 1.5, 2, 3, 5].map((threshold) => ({ threshold, learningRate: SMALLEST, samples: 1 })),
  ...[4, 16, 64].map((samples) => ({ threshold: 1, learningRate: SMALLEST, samples })),
];

/** Descent on x²/2 from 3 with noisy gradients. */
export type NoiseRow = {
  readonly clipping: string;
  /** Infinity is null. */
  readonly threshold: number | null;
  readonly learningRate: number;
  readonly samples: number;
  readonly seed: number;
  /** Mean of |x|, which is the norm of the exact gradient, over the latter half. */
  readonly plateau: number;
  /** Of 1200 rows every 20th. */
  readonly curve: readonly (number | null)[];
  readonly digest: string;
};

export const noise = defineExperiment<NoiseRow>({
  name: 'noise',
  cells: SETTINGS.flatMap(({ threshold, learningRate, samples }) =>
    SEEDS.map((seed) => ({
      name: `${nameOf(threshold)} at ${learningRate}, ${samples} samples, seed ${seed}`,
      async run(client) {
        const iterations = Math.round(LENGTH / learningRate);
        const every = Math.max(1, Math.round(iterations / ROWS));
        const { result, column } = await client.run({
          objective: { quadratic: { diagonal: [1] } },
          start: [{ shape: [1], values: [3] }],
          noise: { twoPoint: { scale: SCALE, probability: PROBABILITY, samples } },
          clipping: clippingTo(threshold),
          optimizer: { sgd: { learningRate } },
          budget: { maxIterations: iterations },
          metrics: { every, fields: ['parameterNorm'] },
          seed,
        });
        const distances = column('parameterNorm');
        return {
          clipping: nameOf(threshold),
          threshold,
          learningRate,
          samples,
          seed,
          plateau: mean(distances.slice(Math.floor(distances.length / 2))),
          curve: thinned(distances, 20),
          digest: result.summary.digest,
        };
      },
    })),
  ),
  figures: (rows) => {
    const shown = ({ threshold, samples }: NoiseRow) =>
      samples === 1 && (threshold === null || threshold === 1);
    const smallest = rows.filter(({ learningRate }) => learningRate === SMALLEST);
    const averages = (chosen: readonly NoiseRow[], x: (row: NoiseRow) => number) =>
      [...new Set(chosen.map(x))]
        .sort((a, b) => a - b)
        .map((at) => [at, rounded(plateauOf(chosen.filter((row) => x(row) === at)))] as const);
    const limit = `σ²/4Bc`;
    return {
      noise: {
        title: 'Descent on x²/2 with skewed noise on its gradient, three seeds',
        columns: 2,
        panels: [
          {
            title: `on the way, learning rate ${SMALLEST}`,
            x: { name: 'iterations times γ' },
            y: { name: '|x|', log: true, min: 0.001 },
            series: smallest.filter(shown).map(({ clipping, curve }) => ({
              name: clipping,
              points: curve.map((x, i) => [(LENGTH * i) / (curve.length - 1), x] as const),
            })),
          },
          {
            title: 'where it stays, over the learning rate',
            x: { name: 'learning rate γ', log: true },
            y: { name: 'mean |x|', log: true },
            series: [
              ...[null, 1].map((threshold) => ({
                name: nameOf(threshold),
                as: 'marked' as const,
                points: averages(
                  rows.filter((row) => shown(row) && row.threshold === threshold),
                  ({ learningRate }) => learningRate,
                ),
              })),
              {
                name: limit,
                as: 'bound' as const,
                points: RATES.map((rate) => [rate, biasOf(1, 1)] as const),
              },
            ],
          },
          {
            title: `over the threshold, learning rate ${SMALLEST}`,
            x: { name: 'threshold c', log: true },
            y: { name: 'mean |x|', log: true },
            series: [
              {
                name: 'clipped to c',
                as: 'marked' as const,
                points: averages(
                  smallest.filter((row) => row.samples === 1 && row.threshold !== null),
                  (row) => row.threshold ?? 0,
                ),
              },
              {
                name: limit,
                as: 'bound' as const,
                points: [0.3, 0.5, 1, 2, 5].map((c) => [c, biasOf(c, 1)]),
              },
            ],
          },
          {
            title: 'over the samples averaged before clipping to 1',
            x: { name: 'samples B', log: true },
            y: { name: 'mean |x|', log: true },
            series: [
              {
                name: nameOf(1),
                as: 'marked' as const,
                points: averages(
                  smallest.filter((row) => row.threshold === 1),
                  ({ samples }) => samples,
                ),
              },
              { name: limit, as: 'bound' as const, points: [1, 4, 16, 64].map((b) => [b, biasOf(1, b)]) },
            ],
          },
        ],
      },
    };
  },
});

/** σ²/(4Bc), the most that noise of variance σ² in a mean of B samples can hold clipped descent from the minimum. */
export const biasOf = (threshold: number, samples: number): number => VARIANCE / (4 * samples * threshold);

export const plateauOf = (rows: readonly NoiseRow[]): number => mean(rows.map(({ plateau }) => plateau));
