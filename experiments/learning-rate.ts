import { defineExperiment } from './experiment.js';
import { lstm } from './novel.js';
import { clippingTo, nameOf, SEEDS } from './settings.js';
import { meanOfLast, rounded } from './statistics.js';

export const ITERATIONS = 400;
const THRESHOLDS = [null, 1, 0.25];
const RATES = [2, 4, 8, 16, 30, 60];

/** Training of an LSTM for one learning rate and threshold. */
export type LearningRate = {
  readonly clipping: string;
  readonly learningRate: number;
  readonly seed: number;
  /** Mean of the last 50 mini-batches. */
  readonly loss: number | null;
  /** The greatest loss of a mini-batch after the first. */
  readonly worst: number | null;
  readonly validationLoss: number | null;
  readonly clippedFraction: number;
  readonly digest: string;
};

export const learningRate = defineExperiment<LearningRate>({
  name: 'learning-rate',
  cells: THRESHOLDS.flatMap((threshold) =>
    RATES.flatMap((rate) =>
      SEEDS.map((seed) => ({
        name: `${nameOf(threshold)} at ${rate}, seed ${seed}`,
        async run(client) {
          const { result, column } = await client.run({
            objective: lstm(),
            clipping: clippingTo(threshold),
            optimizer: { sgd: { learningRate: rate } },
            budget: { maxIterations: ITERATIONS },
            seed,
          });
          const held = result.evaluation.find(({ name }) => name === 'validationLoss');
          return {
            clipping: nameOf(threshold),
            learningRate: rate,
            seed,
            loss: rounded(meanOfLast(column('value'), 50)),
            worst: rounded(Math.max(...column('value').slice(1))),
            validationLoss: rounded(held?.value ?? Number.NaN),
            clippedFraction: result.summary.clippedFraction,
            digest: result.summary.digest,
          };
        },
      })),
    ),
  ),
  figures: (rows) => ({
    'learning-rate': {
      title: `An LSTM on the beginning of Moby Dick after ${ITERATIONS} iterations, three seeds`,
      panels: (['loss', 'validationLoss'] as const).map((which) => ({
        title: which === 'loss' ? 'training loss, mean of the last 50' : 'loss on the held-out text',
        x: { name: 'learning rate', log: true },
        y: { name: 'nats per character', log: true },
        series: THRESHOLDS.map(nameOf).flatMap((name) =>
          SEEDS.map((seed) => ({
            name,
            as: 'marked' as const,
            points: rows
              .filter((row) => row.clipping === name && row.seed === seed)
              .map((row) => [row.learningRate, row[which]] as const),
          })),
        ),
      })),
    },
  }),
});
