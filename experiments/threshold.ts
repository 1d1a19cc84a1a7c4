import { defineExperiment } from './experiment.js';
import { FUNCTIONS, recommend, startOf, TOLERANCE } from './scalar.js';

const THRESHOLDS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100];
/** Lawful for every function and threshold of the sweep: L0 + c L1 is 102.6 at most. */
export const FIXED = 0.01;
/** Where the late phase begins. */
const LATE = 0.01;
const PATIENCE = 1_000_000;

/** Clipped descent to the tolerance. */
export type Threshold = {
  readonly function: string;
  readonly threshold: number;
  /** Fixed, or the greatest lawful one for this threshold. */
  readonly rate: 'fixed' | 'lawful';
  readonly learningRate: number;
  readonly iterations: number;
  /** Those of them that were clipped. */
  readonly clipped: number;
  /** Those from ‖g‖ <= 0.01 on. */
  readonly late: number;
  readonly reason: string;
  readonly digest: string;
};

export const threshold = defineExperiment<Threshold>({
  name: 'threshold',
  cells: FUNCTIONS.flatMap((f) =>
    (['fixed', 'lawful'] as const).flatMap((rate) =>
      THRESHOLDS.map((c) => ({
        name: `${f.name}, ${rate}, threshold ${c}`,
        async run(client) {
          const learningRate = rate === 'fixed' ? FIXED : (await recommend(client, f, c)).learningRate;
          const run = (gradientTolerance: number) =>
            client.run({
              objective: f.objective,
              start: startOf(f),
              clipping: { globalNorm: { threshold: c } },
              optimizer: { sgd: { learningRate } },
              budget: { maxIterations: PATIENCE, gradientTolerance },
              metrics: { every: PATIENCE },
            });
          const [{ result }, early] = [await run(TOLERANCE), await run(LATE)];
          return {
            function: f.name,
            threshold: c,
            rate,
            learningRate,
            iterations: result.iterations,
            clipped: Math.round(result.summary.clippedFraction * result.iterations),
            late: result.iterations - early.result.iterations,
            reason: result.reason,
            digest: result.summary.digest,
          };
        },
      })),
    ),
  ),
  figures: (rows) => ({
    threshold: {
      title: `Iterations of clipped descent to ‖∇f‖ <= ${TOLERANCE} over the threshold`,
      panels: FUNCTIONS.map(({ name }) => ({
        title: name,
        x: { name: 'threshold c', log: true },
        y: { name: 'iterations', log: true },
        series: (['fixed', 'lawful'] as const).flatMap((rate) => {
          const label = rate === 'fixed' ? `γ = ${FIXED}` : 'γ(c) = ln 2/(L0 + c L1)';
          const own = rows.filter((row) => row.function === name && row.rate === rate);
          return [
            {
              name: label,
              as: 'marked' as const,
              points: own.map((row) => [row.threshold, row.iterations] as const),
            },
            {
              name: `${label}, those from a norm of ${LATE} on`,
              as: 'bound' as const,
              points: own.map((row) => [row.threshold, row.late] as const),
            },
          ];
        }),
      })),
    },
  }),
});
