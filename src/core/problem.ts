import { optimizerOf } from './auto.js';
import { clipping } from './clipping/index.js';
import type { OptionalField } from './columns.js';
import type { Vector } from './kernels/vector.js';
import { noises } from './noise/index.js';
import { noisyPlan } from './noise/noisy-plan.js';
import { objectives } from './objectives/index.js';
import type { ObjectivePlan, PlanContext } from './objectives/objective.js';
import type { Optimizer } from './optimizers/optimizer.js';
import type { Spec } from './plugin.js';
import type { Problem } from './run.js';
import { schedules } from './schedules/index.js';
import type { SkipOptions } from './skip.js';
import type { BoundTerms } from './theory/bound.js';

/** A whole descent as data: what crosses the thread boundary. */
export interface RunSpec {
  readonly objective: Spec;
  readonly start: Vector | null;
  readonly clipping: Spec;
  readonly skip?: SkipOptions | null;
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  /** Drives the threshold of the clipping rule. */
  readonly thresholdSchedule: Spec | null;
  readonly maxIterations: number;
  readonly gradientTolerance: number;
  readonly targetValue: number;
  readonly every: number;
  readonly evaluateEvery: number;
  readonly fields: readonly OptionalField[];
  /** Of the gradients; null for none. */
  readonly noise?: Spec | null;
  readonly bound?: BoundTerms | null;
}

/** The plan of the run's objective, its noise included. */
export const withNoise = (plan: ObjectivePlan, noise: Spec | null, seed: number): ObjectivePlan =>
  noise === null ? plan : noisyPlan(plan, noises.build(noise), seed);

/** A descent ready to start, built where it executes. */
export function buildProblem(spec: RunSpec, context: PlanContext): Problem {
  const { transform, learningRate, needs, statePerParameter } = optimizerOf(spec);
  const plan = (): ObjectivePlan => objectives.build(spec.objective)(context);
  return {
    plan: withNoise(plan(), spec.noise ?? null, context.seed),
    ...(spec.fields.includes('smoothness') && { exact: plan() }),
    start: spec.start,
    rule: clipping.build(spec.clipping),
    skip: spec.skip ?? null,
    transform,
    learningRate,
    statePerParameter,
    usesValue: needs !== undefined,
    schedule: spec.schedule === null ? null : schedules.build(spec.schedule),
    thresholdSchedule: spec.thresholdSchedule === null ? null : schedules.build(spec.thresholdSchedule),
    maxIterations: spec.maxIterations,
    gradientTolerance: spec.gradientTolerance,
    targetValue: spec.targetValue,
    every: spec.every,
    evaluateEvery: spec.evaluateEvery,
    fields: spec.fields,
    bound: spec.bound ?? null,
  };
}

export interface Cost {
  readonly floatingPointOperations: number;
  /** Peak memory that the computation adds. */
  readonly bytes: number;
}

/** Upper bound for a run that uses its whole budget. */
export function costOfRun(
  spec: Pick<
    RunSpec,
    'objective' | 'clipping' | 'optimizer' | 'maxIterations' | 'fields' | 'every' | 'evaluateEvery'
  >,
  plan: ObjectivePlan,
  optimizer: Optimizer = optimizerOf(spec),
): Cost {
  const { flopsPerParameter, statePerParameter, evaluationsPerStep = 0 } = optimizer;
  const { statePerParameter: remembered = 0, rules = 1 } = clipping.build(spec.clipping);
  const n = plan.layout.size;
  const width = plan.layout.dtype === 'float32' ? 4 : 8;
  // Norms before and after, scaling and the update itself cost about eight operations per parameter.
  const ofShapes = optimizer.flopsOfShapes?.(plan.layout.tensors.map(({ shape }) => shape)) ?? 0;
  const perIteration =
    (1 + evaluationsPerStep) * plan.flopsPerEvaluation + n * (5 + 3 * rules + flopsPerParameter) + ofShapes;
  // The held-out metrics of the result, and those of the rows that have them.
  const heldOut = 1 + (spec.fields.includes('evaluation') ? spec.maxIterations / spec.evaluateEvery + 1 : 0);
  // An evaluation on a fixed batch, and two differences, for every row and the last.
  const secants = spec.fields.includes('smoothness') ? spec.maxIterations / spec.every + 2 : 0;
  return {
    floatingPointOperations:
      perIteration * (spec.maxIterations + 1) +
      heldOut * (plan.flopsPerHeldOut ?? 0) +
      secants * (plan.flopsPerEvaluation + 6 * n),
    // The best parameters so far and those of the result, and batches of rows on their way.
    bytes:
      plan.bytes * (secants > 0 ? 2 : 1) +
      width * n * (statePerParameter + remembered + 2) +
      (secants > 0 ? (8 + 2 * width) * n : 0) +
      8 * 8192 * 8,
  };
}
