import { z } from 'zod';
import { Failure } from '../core/failure.js';
import type { Cost } from '../core/problem.js';
import type { Context } from './operation.js';

/** A double of a reply; NaN and the infinities are the strings of ProtoJSON in JSON. */
export const number = z
  .unknown()
  .meta({ $ref: '#/components/schemas/Number' }) as unknown as z.ZodType<number>;
export const tensorReply = z.unknown().meta({ $ref: '#/components/schemas/TensorReply' });
export const bytes = z.unknown().meta({ type: 'string', contentEncoding: 'base64' });
export const count = z.int().min(0).max(4294967295);

export const clipReport = z
  .strictObject({
    name: z.string().describe('the tensor’s name, or empty for the whole gradient'),
    norm: number,
    scale: number,
    clippedNorm: number,
    clipped: z.boolean(),
    nonFinite: count,
  })
  .meta({ id: 'ClipReport' });

export const costEstimate = z
  .strictObject({ floatingPointOperations: number, bytes: number })
  .meta({ id: 'CostEstimate' });

export const namedValue = z.strictObject({ name: z.string(), value: number }).meta({ id: 'NamedValue' });

/** Refuses a request whose estimated cost is over the operator's limits. */
export function checkCost(cost: Cost, { limits }: Pick<Context, 'limits'>): void {
  const checks = [
    ['floating-point operations', cost.floatingPointOperations, limits.maxFloatingPointOperations],
    ['bytes', cost.bytes, limits.maxBytes],
  ] as const;
  for (const [unit, estimate, limit] of checks)
    if (!(estimate <= limit))
      throw new Failure(
        'COST_LIMIT',
        `the request would take about ${estimate} ${unit}; the limit is ${limit}`,
        {
          metadata: { unit, estimate: String(estimate), limit: String(limit) },
        },
      );
}
