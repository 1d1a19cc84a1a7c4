import { z } from 'zod';
import { clipping } from '../../core/clipping/index.js';
import { clippedShape } from '../../core/clipping/rule.js';
import { invalidField } from '../../core/failure.js';
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
  given,
  nonFinitePolicy,
  stateBytes,
  tensorReply,
} from '../schemas.js';
import { whenDone } from '../when-done.js';

export const clip = unary({
  name: 'clip',
  summary: 'Clip one gradient (several named tensors) by one rule.',
  route: { method: 'POST', path: '/v1/clip' },
  rpc: 'Clip',
  input: z.strictObject({
    gradients: tensors.default([]),
    parameters: tensors.optional().describe('for the rules that look at them'),
    clipping: clipping.spec,
    clippingState: stateBytes.optional(),
    nonFinite: nonFinitePolicy,
    ...wholeFields,
    scaleOnly: z.boolean().default(false).describe('answer with reports only'),
    validateOnly: z.boolean().default(false),
    ...gradientFields,
  }),
  output: z.strictObject({
    gradients: z.array(tensorReply).optional(),
    reports: z.array(clipReport).optional(),
    clippingState: bytes.optional().describe('of a rule that remembers something, and with skip'),
    estimate: costEstimate.optional(),
    skip: skipReport.optional(),
  }),
  example: { gradients: [[3, 4]], clipping: { globalNorm: { threshold: 1 } } },
  handle(input, context) {
    const { clipping: rule, nonFinite, scaleOnly, validateOnly, lossScale, skip = null } = input;
    const { gradients, accumulate, path } = microBatches(input);
    const parameters =
      input.parameters === undefined || input.parameters.length === 0 ? null : input.parameters;
    const built = ruleFor(rule, gradients);
    if (built.needs === 'examples') checkExamples(gradients);
    if (parameters !== null) matchShapes(gradients, parameters, built, path);
    else if (built.needs === 'parameters')
      throw invalidField('parameters', `are needed by ${clipping.kindOf(rule)}`);
    const whole = wholeOf(input, built, clipping.kindOf(rule));
    const n = totalSize(gradients);
    const batches = input.accumulate.length;
    // Two operations per component for the norm and one for the scaling.
    const cost = {
      floatingPointOperations: ((built.flopsPerComponent ?? 3) * (built.rules ?? 1) + batches) * n,
      bytes: 8 * n * (1 + batches) + reportBytes(built, gradients.length),
    };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    const request = {
      gradients,
      accumulate,
      lossScale,
      parameters,
      clipping: rule,
      clippingState: given(input.clippingState),
      nonFinite,
      skip,
      whole,
    };
    return whenDone(context.runner.compute('clip', request, cost, context), (result) => {
      const { reports } = result;
      context.observer.gradientsClipped(reports.length, reports.filter(({ clipped }) => clipped).length);
      if (scaleOnly) {
        const { gradients: _, ...withoutGradients } = result;
        return withoutGradients;
      }
      return {
        ...result,
        gradients: result.gradients.map((data, i) => {
          const tensor = gradients[i] as Tensor;
          return tensorMessage({ ...tensor, shape: clippedShape(built, tensor.shape) }, data);
        }),
      };
    });
  },
});
