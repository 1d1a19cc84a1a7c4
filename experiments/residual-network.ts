import { smallDigits } from './digits.js';
import { defineExperiment } from './experiment.js';
import { clippingTo, nameOf, SEEDS } from './settings.js';
import { meanOfLast, rounded, smoothed, thinned } from './statistics.js';

export const ITERATIONS = 240;
const TRAINING = 2000;
const HELD_OUT = 1000;

/** With and without batch normalisation; the last line is the usual recipe. */
const SETTINGS = [
  ...[0.1, 1, 5].map((learningRate) => ({ batchNorm: true, learningRate, threshold: null, momentum: 0 })),
  ...[0.1, 1, 5].map((learningRate) => ({ batchNorm: true, learningRate, threshold: 0.25, momentum: 0 })),
  ...[0.01, 0.1, 1].map((learningRate) => ({ batchNorm: false, learningRate, threshold: null, momentum: 0 })),
  ...[0.1, 1].map((learningRate) => ({ batchNorm: false, learningRate, threshold: 0.25, momentum: 0 })),
  { batchNorm: true, learningRate: 0.1, threshold: null, momentum: 0.9 },
];

/** Training of a ResNet-20 on small digits. */
export type ResidualNetwork = {
  readonly clipping: string;
  readonly learningRate: number;
  readonly momentum: number;
  readonly batchNorm: boolean;
  readonly seed: number;
  readonly reason: string;
  /** Mean of the last 20 mini-batches. */
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly clippedFraction: number;
  /** The smoothed loss, every fourth iteration. */
  readonly curve: readonly (number | null)[];
  readonly digest: string;
};

let data: ReturnType<typeof smallDigits> | undefined;

export const residualNetwork = defineExperiment<ResidualNetwork>({
  name: 'residual-network',
  cells: SETTINGS.flatMap(({ batchNorm, learningRate, threshold, momentum }) =>
    SEEDS.map((seed) => ({
      name: `${nameOf(threshold)} at ${learningRate}, momentum ${momentum}, batchNorm ${batchNorm}, seed ${seed}`,
      async run(client) {
        data ??= smallDigits(TRAINING, HELD_OUT);
        const { result, column } = await client.run({
          objective: { residualNetwork: { data, depth: 20, batchSize: 32, batchNorm } },
          clipping: clippingTo(threshold),
          optimizer: { sgd: { learningRate, momentum } },
          schedule: { multiStep: { milestones: [(3 * ITERATIONS) / 4], gamma: 0.1 } },
          budget: { maxIterations: ITERATIONS },
          seed,
        });
        const accuracy = result.evaluation.find(({ name }) => name === 'validationAccuracy');
        return {
          clipping: nameOf(threshold),
          learningRate,
          momentum,
          batchNorm,
          seed,
          reason: result.reason,
          loss: result.reason === 'DIVERGED' ? null : rounded(meanOfLast(column('value'), 20)),
          accuracy: result.reason === 'DIVERGED' ? null : rounded(accuracy?.value ?? Number.NaN),
          clippedFraction: result.summary.clippedFraction,
          curve: thinned(smoothed(column('value')), 4),
          digest: result.summary.digest,
        };
      },
    })),
  ),
  figures: (rows) => ({
    'residual-network': {
      title: 'ResNet-20 on MNIST in 14 x 14 pixels',
      columns: 2,
      panels: [
        curves(
          rows,
          'learning rate 5, three seeds',
          (row) => row.batchNorm && (row.learningRate === 5 || row.momentum > 0),
        ),
        curves(
          rows,
          'learning rate 0.1 without batch normalisation',
          (row) => !row.batchNorm && row.learningRate === 0.1,
        ),
        atTheEnd(rows, 'training loss at the end', 'loss', { name: 'mean loss of the last 20', log: true }),
        atTheEnd(rows, 'accuracy on 1000 held-out digits', 'accuracy', { name: 'accuracy', min: 0, max: 1 }),
      ],
    },
  }),
});

const seriesOf = ({ clipping, momentum }: ResidualNetwork): string =>
  momentum > 0 ? 'momentum 0.9 at 0.1, not clipped' : clipping;

const curves = (
  rows: readonly ResidualNetwork[],
  title: string,
  shown: (row: ResidualNetwork) => boolean,
) => ({
  title,
  x: { name: 'iteration' },
  y: { name: 'smoothed loss', log: true, min: 0.01, max: 10 },
  series: rows.filter(shown).map((row) => ({
    name: seriesOf(row),
    points: row.curve.map((loss, i) => [4 * i, loss] as const),
  })),
});

const atTheEnd = (
  rows: readonly ResidualNetwork[],
  title: string,
  which: 'loss' | 'accuracy',
  y: { readonly name: string; readonly log?: boolean; readonly min?: number; readonly max?: number },
) => ({
  title,
  x: { name: 'learning rate', log: true },
  y,
  series: [true, false].flatMap((batchNorm) =>
    [null, 0.25].flatMap((threshold) =>
      SEEDS.map((seed) => ({
        name: `${nameOf(threshold)}${batchNorm ? '' : ', without batch normalisation'}`,
        as: 'marked' as const,
        points: rows
          .filter(
            (row) =>
              row.batchNorm === batchNorm &&
              row.clipping === nameOf(threshold) &&
              row.momentum === 0 &&
              row.seed === seed,
          )
          .map((row) => [row.learningRate, row[which]] as const),
      })),
    ),
  ),
});
