import { z } from 'zod';
import { NON_FINITE } from '../core/clip-gradients.js';
import { Failure } from '../core/failure.js';
import type { Cost } from '../core/problem.js';
import { tensors } from '../core/tensor.js';
import type { Context } from './operation.js';

/** A double of a reply; NaN and the infinities are the strings of ProtoJSON in JSON. */
export const number = z
  .unknown()
  .meta({ $ref: '#/components/schemas/Number' }) as unknown as z.ZodType<number>;
export const tensorReply = z.unknown().meta({ $ref: '#/components/schemas/TensorReply' });
/** Of the optimizers whose result is an average. */
export const evaluationReply = z
  .array(tensorReply)
  .optional()
  .describe(
    'the average to evaluate and keep, of the optimizers that make one: asgd, scheduleFreeSgd, scheduleFreeAdamW',
  );
export const bytes = z.unknown().meta({ type: 'string', contentEncoding: 'base64' });
/** A state comes as base64 in JSON and as bytes in protobuf. */
export const stateBytes = z
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
/** The bytes of a state; null where the request has none. */
export const given = (state: Uint8Array | undefined): Uint8Array | null =>
  state === undefined || state.length === 0 ? null : state;
export const count = z.int().min(0).max(4294967295);

/** JSON gives several tensors as an array; the proto wraps them in a message. */
export const tensorList = z.preprocess(
  (input) =>
    typeof input === 'object' && input !== null && !Array.isArray(input) && 'tensors' in input
      ? (input as { tensors: unknown }).tensors
      : input,
  tensors,
);

export const clipReport = z
  .strictObject({
    name: z.string().describe('the tensor’s name, or empty for the whole gradient'),
    norm: number,
    scale: number,
    clippedNorm: number,
    clipped: z.boolean(),
    nonFinite: count,
    threshold: number.optional().describe('what the rule held against this gradient, if it has a threshold'),
  })
  .meta({ id: 'ClipReport' });

export const costEstimate = z
  .strictObject({ floatingPointOperations: number, bytes: number })
  .meta({ id: 'CostEstimate' });

export const namedValue = z.strictObject({ name: z.string(), value: number }).meta({ id: 'NamedValue' });

export const nonFinitePolicy = z
  .enum(NON_FINITE)
  .default('REJECT')
  .describe(
    'what a NaN or infinite component does: an error, IEEE arithmetic, becomes 0, or zeroes the whole gradient',
  );

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
