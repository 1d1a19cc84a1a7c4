import { z } from 'zod';
import type { Choice } from '../../core/auto.js';
import type { Layout } from '../../core/layout.js';
import type { Cost } from '../../core/problem.js';
import { durationReply, durationText } from '../../core/schema.js';
import type { Tensor } from '../../core/tensor.js';
import { metrics } from '../operations/metrics-batch.js';
import { unflatten } from '../parameters.js';
import type { Finished } from '../runner.js';
import { costEstimate, count, evaluationReply, namedValue, number, tensorReply } from '../schemas.js';
import { autoReply, boundReply, describeBound } from '../theory.js';
import type { Budget } from './request.js';

export const accepted = z.strictObject({
  budget: z.strictObject({
    maxIterations: count,
    gradientTolerance: number,
    maxWallTime: durationReply().optional(),
    targetValue: number.optional(),
  }),
  estimate: costEstimate,
  parameters: z.array(z.strictObject({ name: z.string(), shape: z.array(count), dtype: z.string() })),
  numericsFingerprint: z.string(),
});

export const result = z.strictObject({
  reason: z.enum(['CONVERGED', 'MAX_ITERATIONS', 'TARGET_REACHED', 'DEADLINE', 'CANCELLED', 'DIVERGED']),
  detail: z.string(),
  iterations: count,
  parameters: z.array(tensorReply),
  bestParameters: z.array(tensorReply),
  evaluationParameters: evaluationReply,
  value: number,
  bestValue: number,
  gradientNorm: number,
  evaluations: count,
  evaluation: z.array(namedValue),
  summary: z.strictObject({
    meanGradientNorm: number,
    clippedFraction: number,
    skippedSteps: count,
    wallSeconds: number,
    computeSeconds: number,
    digest: z.string(),
    numericsFingerprint: z.string(),
  }),
  bound: boundReply.optional().describe('with one of the columns `bound` and `budget`'),
  auto: autoReply.optional().describe('what the optimizer `auto` chose'),
});

export const event = z
  .strictObject({
    accepted: accepted.optional(),
    metrics: metrics.optional(),
    heartbeat: z.strictObject({ iteration: count }).optional(),
    result: result.optional(),
  })
  .meta({ minProperties: 1, maxProperties: 1 });
export type Event = z.input<typeof event>;

/** The answer to Accept: application/json: the result, with `trace` if asked; for validateOnly what was accepted. */
export const reply = z.union([result.extend({ trace: metrics.optional() }), accepted]);

/** What is said before any compute. */
export function describeAccepted(
  budget: Budget,
  { tensors, dtype }: Layout,
  estimate: Cost,
  numericsFingerprint: string,
): z.input<typeof accepted> {
  const { maxIterations, gradientTolerance, maxWallTime, targetValue } = budget;
  return {
    budget: {
      maxIterations,
      gradientTolerance,
      ...(maxWallTime !== undefined && { maxWallTime: durationText(maxWallTime) }),
      ...(targetValue !== undefined && { targetValue }),
    },
    estimate,
    parameters: tensors.map(({ name, shape }) => ({ name, shape: [...shape], dtype })),
    numericsFingerprint,
  };
}

export function describeResult(
  { outcome, computeMs }: Finished,
  layout: Layout,
  choice: Choice | null,
  encoding: Tensor['encoding'],
  numericsFingerprint: string,
  startedAt: number,
): z.input<typeof result> {
  const { meanGradientNorm, clippedFraction, skippedSteps, digest, ...others } = outcome;
  const { parameters, bestParameters, evaluationParameters, bound, ...rest } = others;
  return {
    ...rest,
    parameters: unflatten(layout, parameters, encoding),
    bestParameters: unflatten(layout, bestParameters, encoding),
    ...(evaluationParameters !== null && {
      evaluationParameters: unflatten(layout, evaluationParameters, encoding),
    }),
    summary: {
      meanGradientNorm,
      clippedFraction,
      skippedSteps,
      wallSeconds: (performance.now() - startedAt) / 1000,
      computeSeconds: computeMs / 1000,
      digest,
      numericsFingerprint,
    },
    ...(bound !== null && { bound: describeBound(bound) }),
    ...(choice !== null && { auto: choice }),
  };
}
