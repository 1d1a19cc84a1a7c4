import { z } from 'zod';
import { clipping } from '../../core/clipping/index.js';
import { scheduledThreshold } from '../../core/clipping/threshold.js';
import { invalidField } from '../../core/failure.js';
import type { Vector } from '../../core/kernels/vector.js';
import { optimizers } from '../../core/optimizers/index.js';
import type { Optimizer } from '../../core/optimizers/optimizer.js';
import type { Spec } from '../../core/plugin.js';
import { schedules } from '../../core/schedules/index.js';
import { real } from '../../core/schema.js';
import { type Tensor, tensorMessage, tensors } from '../../core/tensor.js';
import { gradientFields, microBatches, skipReport } from '../gradient-input.js';
import { wholeFields, wholeOf } from '../norm-partial.js';
import { unary } from '../operation.js';
import { checkExamples, matchShapes, totalSize } from '../parameters.js';
import { reportBytes, ruleFor } from '../rules.js';
import {
  bytes,
  checkCost,
  clipReport,
  costEstimate,
  count,
  evaluationReply,
  given,
  nonFinitePolicy,
  number,
  stateBytes,
  tensorReply,
} from '../schemas.js';

export const gradientStep = unary({
  name: 'gradient-step',
  summary: 'Take one optimizer step; the caller owns parameters and optimizer state.',
  route: { method: 'POST', path: '/v1/gradient-step' },
  rpc: 'GradientStep',
  input: z.strictObject({
    parameters: tensors.default([]),
    gradients: tensors.default([]),
    clipping: clipping.spec.default({ none: {} }),
    optimizer: optimizers.spec,
    schedule: schedules.spec.optional(),
    thresholdSchedule: schedules.spec.optional().describe('drives the threshold of the clipping rule'),
    state: stateBytes.optional(),
    clippingState: stateBytes.optional(),
    value: real().optional().describe('f at the parameters, for the optimizers and schedules that need it'),
    nonFinite: nonFinitePolicy,
    ...wholeFields,
    validateOnly: z.boolean().default(false),
    ...gradientFields,
  }),
  output: z.strictObject({
    parameters: z.array(tensorReply).optional(),
    evaluationParameters: evaluationReply,
    state: bytes.optional(),
    clippingState: bytes.optional(),
    reports: z.array(clipReport).optional(),
    metrics: z
      .strictObject({
        gradientNorm: number,
        scale: number,
        updateNorm: number,
        parameterNorm: number,
        learningRate: number,
        step: count,
      })
      .optional(),
    estimate: costEstimate.optional(),
    skip: skipReport.optional(),
  }),
  example: {
    parameters: [[1, 2]],
    gradients: [[3, 4]],
    clipping: { globalNorm: { threshold: 1 } },
    optimizer: { sgd: { learningRate: 0.1 } },
  },
  async handle(input, context) {
    const { parameters, validateOnly, state, clippingState, value, skip = null, ...others } = input;
    const { total: _total, partial: _partial, ...rest } = others;
    const { schedule = null, thresholdSchedule = null } = rest;
    const { gradients, accumulate, path } = microBatches(input);
    const rule = ruleFor(rest.clipping, gradients);
    if (rule.needs === 'examples') checkExamples(gradients);
    matchShapes(gradients, parameters, rule, path);
    const whole = wholeOf(input, rule, clipping.kindOf(rest.clipping));
    const optimizer = optimizers.build(rest.optimizer);
    checkNeeds(optimizer, optimizers.kindOf(rest.optimizer), value);
    checkSchedules({ schedule, thresholdSchedule }, rest.clipping, value);
    const n = totalSize(parameters);
    const { flopsPerParameter, statePerParameter } = optimizer;
    const m = totalSize(gradients);
    const ofShapes = optimizer.flopsOfShapes?.(parameters.map(({ shape }) => shape)) ?? 0;
    const cost = {
      floatingPointOperations:
        (7 + flopsPerParameter) * n +
        ((rule.flopsPerComponent ?? 3) * (rule.rules ?? 1) + input.accumulate.length) * m +
        ofShapes,
      bytes:
        8 * (n * (1 + 3 * statePerParameter) + m * (1 + input.accumulate.length)) +
        reportBytes(rule, gradients.length),
    };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    const request = {
      ...rest,
      parameters,
      gradients,
      accumulate,
      skip,
      schedule,
      thresholdSchedule,
      state: given(state),
      clippingState: given(clippingState),
      value: value ?? Number.NaN,
      whole,
    };
    const result = await context.runner.compute('gradientStep', request, cost, context);
    const { reports } = result;
    context.observer.gradientsClipped(reports.length, reports.filter(({ clipped }) => clipped).length);
    const { evaluationParameters, ...stepped } = result;
    const messages = (vectors: readonly Vector[]) =>
      vectors.map((data, i) => tensorMessage(parameters[i] as Tensor, data));
    return {
      ...stepped,
      parameters: messages(result.parameters),
      ...(evaluationParameters !== undefined && { evaluationParameters: messages(evaluationParameters) }),
    };
  },
});

/** Refuses an optimizer that cannot work with what one step has. */
function checkNeeds({ needs }: Optimizer, kind: string, value: number | undefined): void {
  if (needs === 'evaluations')
    throw invalidField(
      `optimizer.${kind}`,
      'evaluates the objective several times in a step, which only /v1/full-run (FullRun) can do',
    );
  if (needs === 'value' && value === undefined)
    throw invalidField('value', `is needed by ${kind}: f at the parameters`);
}

/** Refuses a schedule that cannot work with what one step has, or with the rule. */
function checkSchedules(
  given: Readonly<Record<'schedule' | 'thresholdSchedule', Spec | null>>,
  rule: Spec,
  value: number | undefined,
): void {
  for (const [field, spec] of Object.entries(given))
    if (spec !== null && schedules.build(spec).init !== undefined && value === undefined)
      throw invalidField('value', `is needed by ${field}, which follows f at the parameters`);
  if (given.thresholdSchedule !== null) scheduledThreshold(clipping.build(rule), clipping.kindOf(rule));
}
