import { defineExperiment } from './experiment.js';
import { TANH_RNN } from './novel.js';
import { clippingTo, nameOf, SEEDS } from './settings.js';
import { firstBelow, meanOfLast, rounded, smoothed, thinned } from './statistics.js';

/** The smoothed loss that a run has to reach to count as one that trains. */
export const TARGET = 2.4;
export const ITERATIONS = 400;
const RATES: ReadonlyMap<number | null, readonly number[]> = new Map([
  [null, [0.25, 0.35, 0.5, 0.7, 1, 2, 4]],
  [1, [0.5, 1, 2, 4, 8]],
  [0.25, [0.5, 1, 2, 4, 8, 16]],
]);

/** Training of a tanh RNN for one learning rate and threshold. */
export type Acceleration = {
  readonly clipping: string;
  readonly learningRate: number;
  readonly seed: number;
  /** Mean of the last 50 mini-batches. */
  readonly loss: number | null;
  /** Iterations to the target, -1 for never. */
  readonly toTarget: number;
  readonly clippedFraction: number;
  /** The smoothed loss, every fourth iteration. */
  readonly curve: readonly (number | null)[];
  readonly digest: string;
};

export const acceleration = defineExperiment<Acceleration>({
  name: 'acceleration',
  cells: [...RATES].flatMap(([threshold, rates]) =>
    rates.flatMap((learningRate) =>
      SEEDS.map((seed) => ({
        name: `${nameOf(threshold)} at ${learningRate}, seed ${seed}`,
        async run(client) {
          const { result, column } = await client.run({
            objective: TANH_RNN,
            clipping: clippingTo(threshold),
            optimizer: { sgd: { learningRate } },
            budget: { maxIterations: ITERATIONS },
            seed,
          });
          const losses = smoothed(column('value'));
          return {
            clipping: nameOf(threshold),
            learningRate,
            seed,
            loss: rounded(meanOfLast(column('value'), 50)),
            toTarget: firstBelow(losses, TARGET),
            clippedFraction: result.summary.clippedFraction,
            curve: thinned(losses, 4),
            digest: result.summary.digest,
          };
        },
      })),
    ),
  ),
  figures: (rows) => {
    const settings = [...new Set(rows.map(({ clipping }) => clipping))];
    const rate = { name: 'learning rate', log: true };
    return {
      acceleration: {
        title: 'A tanh RNN on the beginning of Moby Dick, three seeds',
        panels: [
          {
            title: `training loss after ${ITERATIONS} iterations`,
            x: rate,
            y: { name: 'mean loss of the last 50', log: true },
            series: settings.flatMap((name) =>
              bySeed(rows, name, ({ learningRate, loss }) => [learningRate, loss]),
            ),
          },
          {
            title: `iterations to a loss of ${TARGET}`,
            x: rate,
            y: { name: 'iterations', min: 0 },
            series: settings.flatMap((name) =>
              bySeed(rows, name, ({ learningRate, toTarget }) => [
                learningRate,
                toTarget < 0 ? null : toTarget,
              ]),
            ),
          },
          {
            title: 'each at its fastest learning rate',
            x: { name: 'iteration' },
            y: { name: 'smoothed loss' },
            series: settings.flatMap((name) => {
              const { learningRate } = fastest(rows, name);
              return rows
                .filter((row) => row.clipping === name && row.learningRate === learningRate)
                .map(({ curve }) => ({ name, points: curve.map((loss, i) => [4 * i, loss] as const) }));
            }),
          },
        ],
      },
    };
  },
});

const bySeed = (
  rows: readonly Acceleration[],
  name: string,
  point: (row: Acceleration) => readonly [number, number | null],
) =>
  SEEDS.map((seed) => ({
    name,
    as: 'marked' as const,
    points: rows.filter((row) => row.clipping === name && row.seed === seed).map(point),
  }));

/** Learning rates at which every seed reaches the target, with the slowest seed's iterations. */
export function stable(
  rows: readonly Acceleration[],
  clipping: string,
): readonly { readonly learningRate: number; readonly iterations: number }[] {
  const ofSetting = rows.filter((row) => row.clipping === clipping);
  return [...new Set(ofSetting.map(({ learningRate }) => learningRate))]
    .map((learningRate) => ofSetting.filter((row) => row.learningRate === learningRate))
    .filter((seeds) => seeds.every(({ toTarget }) => toTarget >= 0))
    .map((seeds) => ({
      learningRate: (seeds[0] as Acceleration).learningRate,
      iterations: Math.max(...seeds.map(({ toTarget }) => toTarget)),
    }));
}

/** The rate with the fewest iterations, of its slowest seed. */
export const fastest = (rows: readonly Acceleration[], clipping: string) =>
  stable(rows, clipping).reduce((best, next) => (next.iterations < best.iterations ? next : best));
