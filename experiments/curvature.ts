import { defineExperiment } from './experiment.js';
import { lstm } from './novel.js';
import { clippingTo, nameOf, SEEDS } from './settings.js';
import { rounded } from './statistics.js';

const ITERATIONS = 400;
interface Setting {
  readonly learningRate: number;
  readonly threshold: number | null;
  readonly initialization?: 'xavier';
}
/** Those of the lecture's figure, and the first from another start. */
const SETTINGS: readonly Setting[] = [
  { learningRate: 30, threshold: 0.25 },
  { learningRate: 2, threshold: null },
  { learningRate: 2, threshold: 0.25 },
  { learningRate: 30, threshold: 0.25, initialization: 'xavier' },
];
/** Of a step, where the gradient is compared with that at its beginning. */
const FRACTIONS = [0.5, 1];
/** Every how many iterates the figure has. */
export const SHOWN = 3;

interface Reply {
  readonly empirical: {
    readonly visited: readonly { readonly gradientNorm: number; readonly secant?: number }[];
    readonly fits: readonly {
      readonly of: string;
      readonly logs: {
        readonly count: number;
        readonly slope: number;
        readonly pearson: number;
        readonly spearman: number;
      };
    }[];
  };
}

/** How the curvature along a training follows the norm of the gradient. */
export type Curvature = {
  readonly setting: string;
  readonly seed: number;
  /** Iterates from which the run made a step. */
  readonly count: number;
  /** Correlation of the logarithms, slope of their line, and correlation of the ranks. */
  readonly correlation: number;
  readonly slope: number;
  readonly ofRanks: number;
  readonly gradientNorms: readonly (number | null)[];
  readonly secants: readonly (number | null)[];
};

const labelOf = ({ learningRate, threshold, initialization }: Setting): string =>
  `learning rate ${learningRate}, ${nameOf(threshold)}${initialization === undefined ? '' : `, ${initialization}`}`;

export const curvature = defineExperiment<Curvature>({
  name: 'curvature',
  cells: SETTINGS.flatMap((setting) =>
    SEEDS.map((seed) => ({
      name: `${labelOf(setting)}, seed ${seed}`,
      async run(client) {
        const { learningRate, threshold } = setting;
        const { empirical } = await client.unary<Reply>('AnalyzeSmoothness', {
          objective: lstm(setting.initialization),
          estimate: {
            run: {
              clipping: clippingTo(threshold),
              optimizer: { sgd: { learningRate } },
              iterations: ITERATIONS,
            },
            fractions: FRACTIONS,
            curvature: 'NONE',
          },
          seed,
        });
        const { visited, fits } = empirical;
        const fit = fits.find(({ of }) => of === 'SECANT');
        if (fit === undefined) throw new Error('no secants');
        const shown = visited.filter((_, k) => k % SHOWN === 0);
        return {
          setting: labelOf(setting),
          seed,
          count: fit.logs.count,
          correlation: fit.logs.pearson,
          slope: fit.logs.slope,
          ofRanks: fit.logs.spearman,
          gradientNorms: shown.map(({ gradientNorm }) => rounded(gradientNorm)),
          secants: shown.map(({ secant = Number.NaN }) => rounded(secant)),
        };
      },
    })),
  ),
  figures: (rows) => ({
    curvature: {
      title: 'Curvature against the norm of the gradient along the training of an LSTM, seed 1',
      panels: rows
        .filter(({ seed }) => seed === 1)
        .slice(0, 3)
        .map(({ setting, correlation, slope, gradientNorms, secants }) => ({
          title: `${setting}: r = ${correlation.toFixed(2)}, slope ${slope.toFixed(2)}`,
          x: { name: '‖∇f‖ on a fixed batch', log: true, min: 0.1, max: 1 },
          y: { name: 'greatest ‖∇f(x + d) - ∇f(x)‖ / ‖d‖', log: true, min: 0.01, max: 10 },
          series: parts(gradientNorms.map((norm, i) => [norm, secants[i] ?? null])),
        })),
    },
  }),
});

/** The iterates in four parts, by when they came. */
const parts = (points: readonly (readonly [number | null, number | null])[]) =>
  [0, 1, 2, 3].map((quarter) => ({
    name: `iterations ${(quarter * ITERATIONS) / 4} to ${((quarter + 1) * ITERATIONS) / 4}`,
    as: 'points' as const,
    points: points.filter((_, i) => Math.floor((4 * i) / points.length) === quarter),
  }));
