import { z } from 'zod';
import { clipping } from '../../core/clipping/index.js';
import { invalidField } from '../../core/failure.js';
import { optimizers } from '../../core/optimizers/index.js';
import { schedules } from '../../core/schedules/index.js';
import { sizeOf, type Tensor, tensorMessage, tensors } from '../../core/tensor.js';
import { unary } from '../operation.js';
import { totalSize } from '../parameters.js';
import { bytes, checkCost, clipReport, costEstimate, count, number, tensorReply } from '../schemas.js';
import { nonFinitePolicy } from './clip.js';

/** State comes as base64 in JSON and as bytes in protobuf. */
const state = z
  .unknown()
  .transform((input, context): Uint8Array => {
    if (input instanceof Uint8Array) return input;
    if (typeof input === 'string' && /^[A-Za-z0-9+/_-]*={0,2}$/.test(input))
      return Buffer.from(input, 'base64');
    context.issues.push({ code: 'custom', message: 'expected base64 text', input });
    return z.NEVER;
  })
  .meta({
    type: 'string',
    contentEncoding: 'base64',
    description: 'what the previous step returned',
  }) as unknown as z.ZodType<Uint8Array, string>;

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
    state: state.optional(),
    nonFinite: nonFinitePolicy,
    validateOnly: z.boolean().default(false),
  }),
  output: z.strictObject({
    parameters: z.array(tensorReply).optional(),
    state: bytes.optional(),
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
  }),
  example: {
    parameters: [[1, 2]],
    gradients: [[3, 4]],
    clipping: { globalNorm: { threshold: 1 } },
    optimizer: { sgd: { learningRate: 0.1 } },
  },
  async handle(input, context) {
    const { parameters, gradients, validateOnly, schedule, state, ...rest } = input;
    matchShapes(parameters, gradients);
    const n = totalSize(parameters);
    const { flopsPerParameter, statePerParameter } = optimizers.build(rest.optimizer);
    const cost = {
      floatingPointOperations: (10 + flopsPerParameter) * n,
      bytes: 8 * n * (2 + 3 * statePerParameter),
    };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    const empty = state === undefined || state.length === 0;
    const request = {
      ...rest,
      parameters,
      gradients,
      schedule: schedule ?? null,
      state: empty ? null : state,
    };
    const result = await context.runner.compute('gradientStep', request, cost, context);
    const { reports } = result;
    context.observer.gradientsClipped(reports.length, reports.filter(({ clipped }) => clipped).length);
    return {
      ...result,
      parameters: result.parameters.map((data, i) => tensorMessage(parameters[i] as Tensor, data)),
    };
  },
});

function matchShapes(parameters: readonly Tensor[], gradients: readonly Tensor[]): void {
  if (gradients.length !== parameters.length)
    throw invalidField(
      'gradients',
      `needs ${parameters.length} tensor(s) like parameters, got ${gradients.length}`,
    );
  parameters.forEach((parameter, i) => {
    const gradient = gradients[i] as Tensor;
    if (sizeOf(parameter) !== sizeOf(gradient) || parameter.shape.join() !== gradient.shape.join())
      throw invalidField(
        `gradients[${i}].shape`,
        `must be [${parameter.shape.join(', ')}] like parameters[${i}], got [${gradient.shape.join(', ')}]`,
      );
    if (parameter.dtype !== gradient.dtype)
      throw invalidField(
        `gradients[${i}].dtype`,
        `must be ${parameter.dtype} like parameters[${i}], got ${gradient.dtype}`,
      );
  });
}
