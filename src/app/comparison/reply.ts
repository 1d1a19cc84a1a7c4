import { z } from 'zod';
import { isStable } from '../../core/stability.js';
import { metrics } from '../operations/metrics-batch.js';
import { accepted as acceptedRun, result } from '../run/reply.js';
import type { Budget } from '../run/request.js';
import { count, number } from '../schemas.js';
import type { Ending, SearchEnding } from './variant-run.js';

const SEARCH_ENDS = ['BRACKETED', 'LOWER', 'UPPER', 'DEADLINE', 'CANCELLED', 'WORKER_LOST'] as const;
type SearchEnd = (typeof SEARCH_ENDS)[number];
const failureReason = z.enum(['DEADLINE', 'WORKER_LOST']);

const accepted = acceptedRun.extend({ variants: z.array(z.string()).describe('their names') });

const row = z.strictObject({
  name: z.string(),
  reason: z.enum([...result.shape.reason.options, 'WORKER_LOST']),
  detail: z.string(),
  stable: z.boolean().describe('not DIVERGED, and the last two reported f(x_k) at most f(x_0) + |f(x_0)|'),
  iterations: count,
  iterationsToTolerance: count.optional().describe('absent when the gradient never was as small'),
  iterationsToTarget: count.optional().describe('absent when the value never was as low'),
  value: number.optional().describe('absent, as what follows, where the run has no result'),
  bestValue: number.optional(),
  gradientNorm: number.optional(),
  clippedFraction: number.optional(),
  digest: z.string().optional(),
  computeSeconds: number.optional(),
  largestStableLearningRate: number.optional().describe('with `search`; absent when none was stable'),
  smallestUnstableLearningRate: number.optional().describe('seen above it; absent when none was unstable'),
  trials: count.optional().describe('learning rates that the search tried'),
  searchEnded: z.enum(SEARCH_ENDS).optional(),
});
export type Row = z.input<typeof row>;

const variant = z.strictObject({
  name: z.string(),
  result: result.optional(),
  failure: z.strictObject({ reason: failureReason, detail: z.string() }).optional(),
});

const variantMetrics = z.strictObject({ variant: z.string(), ...metrics.shape });
export type VariantMetrics = z.input<typeof variantMetrics>;

const summary = z.strictObject({ rows: z.array(row) });

export const event = z
  .strictObject({
    accepted: accepted.optional(),
    metrics: variantMetrics.optional(),
    heartbeat: z.strictObject({ finished: count.describe('variants that have finished') }).optional(),
    variant: variant.optional(),
    summary: summary.optional(),
  })
  .meta({ minProperties: 1, maxProperties: 1 });
export type Event = z.input<typeof event>;

/** The answer to Accept: application/json: the summary, with `traces` if asked; for validateOnly what was accepted. */
export const reply = z.union([summary.extend({ traces: z.array(variantMetrics).optional() }), accepted]);

/** What the table says of a run. */
export function describeRow(name: string, ending: Ending, budget: Budget): Row {
  if (ending.failure !== null) return { name, ...ending.failure, stable: false, iterations: 0 };
  const { finished, course } = ending;
  const { computeMs, outcome } = finished;
  const { reason, detail, iterations, value, bestValue, gradientNorm, clippedFraction, digest } = outcome;
  const { gradientTolerance, targetValue = -Infinity } = budget;
  return {
    name,
    reason,
    detail,
    stable: isStable(reason, course),
    iterations,
    // A run ends at the first iteration that is near enough, so it is the last one or none.
    ...(reason === 'CONVERGED' && gradientNorm <= gradientTolerance && { iterationsToTolerance: iterations }),
    ...(reason !== 'DIVERGED' && value <= targetValue && { iterationsToTarget: iterations }),
    value,
    bestValue,
    gradientNorm,
    clippedFraction,
    digest,
    computeSeconds: computeMs / 1000,
  };
}

/** What the table says of a search; `cut` is why it ended before its time. */
export function describeSearch({ bracket: { stable, unstable }, trials, cut }: SearchEnding) {
  const searchEnded: SearchEnd =
    cut ?? (stable === null ? 'LOWER' : unstable === null ? 'UPPER' : 'BRACKETED');
  return {
    ...(stable !== null && { largestStableLearningRate: stable }),
    ...(unstable !== null && { smallestUnstableLearningRate: unstable }),
    trials,
    searchEnded,
  };
}
