import { z } from 'zod';
import { invalidField } from '../../core/failure.js';
import type { NormPartial } from '../../core/partial-norm.js';
import { normPartial } from '../norm-partial.js';
import { unary } from '../operation.js';
import { checkCost } from '../schemas.js';
import { normOutput } from './norm.js';

const MAX_PARTIALS = 65_536;
/** Operations per tensor: a power and an exact addition. */
const TENSOR = 100;

export const combineNorms = unary({
  name: 'combine-norms',
  summary: 'The norm of a whole gradient from the partial norms of its tensors.',
  route: { method: 'POST', path: '/v1/combine-norms' },
  rpc: 'CombineNorms',
  input: z.strictObject({
    partials: z.array(normPartial).min(1).max(MAX_PARTIALS),
    validateOnly: z.boolean().default(false),
  }),
  output: normOutput,
  example: {
    partials: [
      { order: 2, maxima: [1], sums: [25], squares: [25], nonFinite: 0 },
      { order: 2, maxima: [1], sums: [144], squares: [144], nonFinite: 0 },
    ],
  },
  async handle({ partials, validateOnly }, context) {
    checkOrders(partials);
    const tensors = partials.reduce((sum, { maxima }) => sum + maxima.length, 0);
    const cost = { floatingPointOperations: TENSOR * tensors, bytes: 48 * tensors };
    checkCost(cost, context);
    if (validateOnly) return { estimate: cost };
    return context.runner.compute('combineNorms', { partials }, cost, context);
  },
});

function checkOrders(partials: readonly NormPartial[]): void {
  const order = partials[0]?.order;
  const odd = partials.findIndex((partial) => partial.order !== order);
  if (odd !== -1)
    throw invalidField(
      `partials[${odd}].order`,
      `must be ${order} like the first, got ${partials[odd]?.order}`,
    );
}
