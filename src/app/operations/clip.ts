import { z } from 'zod';
import { NON_FINITE } from '../../core/clip-gradients.js';
import { clipping } from '../../core/clipping/index.js';
import { type Tensor, tensorMessage, tensors } from '../../core/tensor.js';
import { unary } from '../operation.js';
import { totalSize } from '../parameters.js';
import { checkCost, clipReport, costEstimate, tensorReply } from '../schemas.js';

export const nonFinitePolicy = z
  .enum(NON_FINITE)
  .default('REJECT')
  .describe(
    'what a NaN or infinite component does: an error, IEEE arithmetic, becomes 0, or zeroes the whole gradient',
  );

export const clip = unary({
  name: 'clip',
  summary: 'Clip one gradient (several named tensors) by one rule.',
  route: { method: 'POST', path: '/v1/clip' },
  rpc: 'Clip',
  input: z.strictObject({
    gradients: tensors.default([]),
    clipping: clipping.spec,
    nonFinite: nonFinitePolicy,
    scaleOnly: z.boolean().default(false).describe('answer with reports only'),
    validateOnly: z.boolean().default(false),
  }),
  output: z.strictObject({
    gradients: z.array(tensorReply).optional(),
    reports: z.array(clipReport).optional(),
    estimate: costEstimate.optional(),
  }),
  example: { gradients: [[3, 4]], clipping: { globalNorm: { threshold: 1 } } },
  async handle({ gradients, clipping: rule, nonFinite, scaleOnly, validateOnly }, context) {
    const n = totalSize(gradients);
    // Two operations per component for the norm and one for the scaling.
    const cost = { floatingPointOperations: 3 * n, bytes: 8 * n };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    const request = { gradients, clipping: rule, nonFinite };
    const { gradients: clipped, reports } = await context.runner.compute('clip', request, cost, context);
    context.observer.gradientsClipped(reports.length, reports.filter(({ clipped }) => clipped).length);
    if (scaleOnly) return { reports };
    return { gradients: clipped.map((data, i) => tensorMessage(gradients[i] as Tensor, data)), reports };
  },
});
