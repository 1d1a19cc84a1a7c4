import { z } from 'zod';
import { invalidField } from '../core/failure.js';
import { listOf, real } from '../core/schema.js';
import type { Tensor } from '../core/tensor.js';
import { matchShapes } from './parameters.js';
import { count, tensorList } from './schemas.js';

export const skipOptions = z
  .strictObject({
    nonFinite: z.boolean().default(true).describe('skip a gradient with a NaN or infinite component'),
    maxNorm: real({ min: 0, infinite: true }).optional().describe('skip a gradient unless ‖g‖₂ < maxNorm'),
    maxConsecutive: count.optional().describe('after so many in a row the next is taken all the same'),
  })
  .describe('which gradients are left out, as if there had been none');

export const skipReport = z
  .strictObject({
    skipped: z.boolean(),
    consecutive: count.describe('gradients in a row that were to be skipped'),
    total: count,
    lastFinite: z.boolean().describe('whether this gradient was finite'),
  })
  .meta({ id: 'SkipReport' });

/** What Clip and GradientStep take beside the gradients. */
export const gradientFields = {
  accumulate: listOf(tensorList, 4096)
    .default([])
    .describe('micro-batches in place of gradients: their mean is clipped, once'),
  lossScale: real({ above: 0 }).default(1).describe('the gradients are divided by it first'),
  skip: skipOptions.optional(),
};

interface Given {
  readonly gradients: readonly Tensor[];
  readonly accumulate: readonly (readonly Tensor[])[];
}

/**
 * The micro-batches, all alike, and the first of them as `gradients`; null where `gradients` is all there is. `path`
 * is what the request calls the gradients.
 */
export function microBatches({ gradients, accumulate }: Given): {
  gradients: readonly Tensor[];
  accumulate: Given['accumulate'] | null;
  path: string;
} {
  const [first] = accumulate;
  if (first === undefined) return { gradients, accumulate: null, path: 'gradients' };
  if (gradients.length > 0)
    throw invalidField('accumulate', 'stands in place of gradients; the request has both');
  accumulate.forEach((batch, m) => {
    matchShapes(batch, first, {}, `accumulate[${m}]`, 'accumulate[0]');
    batch.forEach(({ name }, t) => {
      if (name !== first[t]?.name)
        throw invalidField(
          `accumulate[${m}][${t}].name`,
          `must be "${first[t]?.name}" like accumulate[0][${t}], got "${name}"`,
        );
    });
  });
  return { gradients: first, accumulate, path: 'accumulate[0]' };
}
