import { z } from 'zod';
import { Failure } from '../../core/failure.js';
import { learningRate } from '../../core/optimizers/optimizer.js';
import { real } from '../../core/schema.js';
import { descentFields, problemFields, runFields } from '../run/request.js';

const MAX_VARIANTS = 1000;
/** Of the default pair. */
export const USUAL_RATE = 0.01;
export const USUAL_THRESHOLD = 1;

const variant = z.strictObject({
  name: z.string().max(256).optional().describe('defaults to the index; unique'),
  ...descentFields,
});

/** Counted before any is looked at: to parse a hundred thousand variants takes seconds. */
const variants = z.preprocess((input) => {
  if (Array.isArray(input) && input.length > MAX_VARIANTS)
    throw new Failure(
      'COST_LIMIT',
      `variants: the request has ${input.length} of them; the limit is ${MAX_VARIANTS}`,
      { metadata: { unit: 'variants', estimate: String(input.length), limit: String(MAX_VARIANTS) } },
    );
  return input;
}, z.array(variant).max(MAX_VARIANTS));

const search = z
  .strictObject({
    lower: real({ above: 0 }).optional().describe('2⁻²⁰ of the variant’s own learning rate when absent'),
    upper: real({ above: 0 }).optional().describe('2²⁰ times the variant’s own when absent'),
    tolerance: real({ min: 1e-12, max: 1 }).default(0.01).describe('relative width of the bracket'),
    iterations: z
      .int()
      .min(1)
      .max(4294967295)
      .optional()
      .describe('of each trial; as the budget when absent'),
  })
  .check(({ value: { lower, upper }, issues }) => {
    if (lower !== undefined && upper !== undefined && lower > upper)
      issues.push({
        code: 'custom',
        message: `must be <= search.upper = ${upper}`,
        input: lower,
        path: ['lower'],
      });
  });

export const input = z.strictObject({
  ...problemFields,
  variants: variants.default([]).describe('gradient descent against clipped gradient descent when absent'),
  learningRate: learningRate.optional().describe(`of both of the default pair; ${USUAL_RATE} when absent`),
  threshold: real({ min: 0, infinite: true })
    .optional()
    .describe(`of the default pair’s clipping; ${USUAL_THRESHOLD} when absent`),
  ...runFields,
  search: search.optional().describe('for the largest stable learning rate of each variant'),
});
export type Input = z.output<typeof input>;
