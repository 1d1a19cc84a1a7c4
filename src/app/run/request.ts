import { z } from 'zod';
import { clipping } from '../../core/clipping/index.js';
import { OPTIONAL_FIELDS } from '../../core/columns.js';
import { invalidField } from '../../core/failure.js';
import { noises } from '../../core/noise/index.js';
import { objectives } from '../../core/objectives/index.js';
import { optimizers } from '../../core/optimizers/index.js';
import { schedules } from '../../core/schedules/index.js';
import { duration, listOf, real, seed } from '../../core/schema.js';
import { tensors } from '../../core/tensor.js';
import { skipOptions } from '../gradient-input.js';
import { count } from '../schemas.js';
import { givenConstants } from '../theory.js';

const MAX_TRACE_ROWS = 1_000_000;

const budget = z.strictObject({
  maxIterations: count.default(1000),
  gradientTolerance: real({ min: 0 }).default(0).describe('CONVERGED when ‖∇f(x_k)‖ is at most this'),
  maxWallTime: duration().optional(),
  targetValue: real().optional().describe('TARGET_REACHED when f(x_k) is at most this'),
});
export type Budget = z.output<typeof budget>;

const metricsOptions = z.strictObject({
  every: z.int().min(1).max(4294967295).default(1),
  fields: listOf(z.enum(OPTIONAL_FIELDS), 16).default([]).describe('columns beside the standard ones'),
  flush: duration().prefault('0.05s').describe('longest time that a finished row waits'),
  delivery: z.enum(['LOSSLESS', 'CONFLATE']).default('LOSSLESS'),
  encoding: z.enum(['VALUES', 'RAW']).default('VALUES'),
  evaluateEvery: z.int().min(1).max(4294967295).default(1),
  trace: z.boolean().default(false).describe('with Accept: application/json, return the columns'),
});

/** What is minimised, and from where. */
export const problemFields = {
  objective: objectives.spec,
  start: tensors.optional().describe('the objective’s own start when absent'),
};

/** How. */
export const descentFields = {
  clipping: clipping.spec.default({ none: {} }),
  optimizer: optimizers.spec,
  schedule: schedules.spec.optional(),
  thresholdSchedule: schedules.spec.optional().describe('drives the threshold of the clipping rule'),
  skip: skipOptions.optional(),
};

/** For how long, and what is told of it. */
export const runFields = {
  budget: budget.prefault({}),
  metrics: metricsOptions.prefault({}),
  seed: seed().default(0),
  validateOnly: z.boolean().default(false),
  noise: noises.spec.optional().describe('added to each gradient before it is clipped'),
  constants: givenConstants.optional().describe('for the columns `bound` and `budget`'),
};

const descent = z.strictObject(descentFields);
export type Descent = z.output<typeof descent>;
const setting = z.strictObject({ ...problemFields, ...runFields });
/** What several descents of one request have in common. */
export type Setting = z.output<typeof setting>;

/** Refuses a trace of more rows than one reply may have, over so many runs. */
export function checkTrace({ budget, metrics }: Setting, runs: number): void {
  const rows = (runs * budget.maxIterations) / metrics.every;
  if (metrics.trace && rows > MAX_TRACE_ROWS)
    throw invalidField(
      'metrics.trace',
      `collects at most ${MAX_TRACE_ROWS} rows, got ${Math.ceil(rows)}; raise metrics.every or read a stream`,
    );
}
