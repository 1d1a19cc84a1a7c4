import { z } from 'zod';
import { real } from '../../core/schema.js';
import { tensors } from '../../core/tensor.js';
import { normReply } from '../norm-partial.js';
import { unary } from '../operation.js';
import { totalSize } from '../parameters.js';
import { checkCost, costEstimate, nonFinitePolicy, number } from '../schemas.js';

/** Operations per component: a power, or a few multiplications. */
const POWER = 20;
const SQUARE = 2;

export const normOutput = z.strictObject({
  norm: number.optional(),
  partial: normReply.optional().describe('for combine-norms, and from there for clip'),
  estimate: costEstimate.optional(),
});

export const norm = unary({
  name: 'norm',
  summary: 'The norm of some tensors of a gradient, to be combined with that of the others.',
  route: { method: 'POST', path: '/v1/norm' },
  rpc: 'Norm',
  input: z.strictObject({
    gradients: tensors.default([]),
    norm: real({ above: 0, infinite: true }).default(2).describe('order p of the norm'),
    nonFinite: nonFinitePolicy,
    validateOnly: z.boolean().default(false),
  }),
  output: normOutput,
  example: { gradients: [[3, 4], [[12]]] },
  async handle({ gradients, norm: order, nonFinite, validateOnly }, context) {
    const cost = {
      floatingPointOperations: (order === 2 ? SQUARE : POWER) * totalSize(gradients),
      bytes: 64 * gradients.length,
    };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    return context.runner.compute('norm', { gradients, order, nonFinite }, cost, context);
  },
});
