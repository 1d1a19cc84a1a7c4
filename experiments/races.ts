import { defineExperiment } from './experiment.js';
import type { Panel } from './figure.js';
import {
  FUNCTIONS,
  greatestRate,
  type Recommendation,
  recommend,
  type ScalarFunction,
  startOf,
  TOLERANCE,
} from './scalar.js';

/** How long a run may take to the tolerance. */
const PATIENCE = 1_000_000;
/** T at which means and bounds are compared. */
const LENGTHS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000];
const THRESHOLD = 1;

interface Method {
  readonly name: string;
  /** The curve that bounds the mean norm of its gradients, if there is one. */
  readonly bound: string | null;
  request(
    r: Recommendation,
    f: ScalarFunction,
    greatest: number,
  ): { readonly optimizer: object; readonly clipping?: object };
}
const sgd = (learningRate: number | undefined) => ({ sgd: { learningRate } });
const alternative = ({ alternatives }: Recommendation, method: string) =>
  sgd(alternatives.find((one) => one.method === method)?.learningRate);

/** All but `polyak` and the greatest rate take their steps from the service's recommendation. */
const METHODS: readonly Method[] = [
  {
    name: 'GD, 1/L below f(x0)',
    bound: 'GRADIENT_DESCENT',
    request: (r) => ({ optimizer: alternative(r, 'GRADIENT_DESCENT') }),
  },
  {
    name: 'GD, 0.98 of the greatest rate',
    bound: null,
    request: (_r, _f, greatest) => ({ optimizer: sgd(0.98 * greatest) }),
  },
  {
    name: 'GD, 1.02 of the greatest rate',
    bound: null,
    request: (_r, _f, greatest) => ({ optimizer: sgd(1.02 * greatest) }),
  },
  {
    name: 'clipped, θ = 1/9',
    bound: 'CLIPPED_LECTURE',
    request: ({ clipped }) => ({
      optimizer: sgd(clipped.find(({ name }) => name === 'LECTURE')?.learningRate),
      clipping: { globalNorm: { threshold: THRESHOLD } },
    }),
  },
  {
    name: 'clipped, θ = ln 2',
    bound: 'CLIPPED',
    request: ({ learningRate }) => ({
      optimizer: sgd(learningRate),
      clipping: { globalNorm: { threshold: THRESHOLD } },
    }),
  },
  {
    name: 'smoothed clipping',
    bound: 'SMOOTHED_CLIPPING',
    request: (r) => ({
      optimizer: alternative(r, 'SMOOTHED_CLIPPING'),
      clipping: { smooth: { threshold: THRESHOLD } },
    }),
  },
  {
    name: 'adaptive step',
    bound: 'ADAPTIVE_HESSIAN_SIMPLE',
    request: ({ l0, l1 }) => ({ optimizer: { adaptiveStep: { l0, l1, form: 'HESSIAN_SIMPLE' } } }),
  },
  {
    name: 'Polyak',
    bound: null,
    request: (_, { minimum }) => ({ optimizer: { polyak: { minimum } } }),
  },
];

/** One method on one function. */
export type Race = {
  readonly function: string;
  readonly method: string;
  readonly reason: string;
  /** Until ‖g‖ <= the tolerance, or as many as were made. */
  readonly iterations: number;
  readonly clippedFraction: number;
  /** Mean ‖g‖ of the first T iterations, and what it may be at most, for the T of the experiment that were reached. */
  readonly means: readonly number[];
  readonly bounds: readonly number[];
  readonly digest: string;
};

export const races = defineExperiment<Race>({
  name: 'races',
  cells: FUNCTIONS.flatMap((f) =>
    METHODS.map(({ name, bound, request }) => ({
      name: `${f.name}: ${name}`,
      async run(client) {
        const recommended = await recommend(client, f, THRESHOLD, LENGTHS);
        const greatest = await greatestRate(client, f);
        const descent = {
          objective: f.objective,
          start: startOf(f),
          ...request(recommended, f, greatest),
        };
        const { result } = await client.run({
          ...descent,
          budget: { maxIterations: PATIENCE, gradientTolerance: TOLERANCE },
          metrics: { every: PATIENCE },
        });
        const long = await client.run({
          ...descent,
          budget: { maxIterations: LENGTHS.at(-1) },
          metrics: { fields: ['meanGradientNorm'] },
        });
        // The last row is behind the last update.
        const means = long.column('meanGradientNorm').slice(0, long.result.iterations);
        const curve = recommended.curves.find((one) => one.name === bound)?.values ?? [];
        return {
          function: f.name,
          method: name,
          reason: result.reason,
          iterations: result.iterations,
          clippedFraction: result.summary.clippedFraction,
          means: LENGTHS.map((length) => means[length - 1] ?? Number.NaN).filter(Number.isFinite),
          bounds: curve,
          digest: result.summary.digest,
        };
      },
    })),
  ),
  figures: (rows) => ({
    races: {
      title: 'Mean norm of the gradient over the first T iterations; dashed: its bound',
      panels: FUNCTIONS.map(
        ({ name }): Panel => ({
          title: name,
          x: { name: 'T', log: true },
          y: { name: 'mean ‖∇f‖', log: true },
          series: rows
            .filter((row) => row.function === name && row.reason !== 'DIVERGED')
            .flatMap(({ method, means, bounds }) => [
              { name: method, points: means.map((mean, i) => [LENGTHS[i] as number, mean] as const) },
              {
                name: method,
                as: 'bound' as const,
                points: bounds.map((value, i) => [LENGTHS[i] as number, value] as const),
              },
            ]),
        }),
      ),
    },
  }),
});
