import { z } from 'zod';
import type { NonFinite, Whole } from '../core/clip-gradients.js';
import type { Rule } from '../core/clipping/rule.js';
import { invalidField } from '../core/failure.js';
import { split } from '../core/kernels/norm.js';
import { normOf } from '../core/kernels/norm-parts.js';
import type { NormPartial } from '../core/partial-norm.js';
import { real, toNumber } from '../core/schema.js';
import { count, number } from './schemas.js';

const MAX_TENSORS = 1_048_576;

/** Numbers that are not negative, NaN and infinity among them. */
const magnitudes = z
  .unknown()
  .transform((input, { issues }): Float64Array => {
    if (!Array.isArray(input) || input.length > MAX_TENSORS) {
      issues.push({ code: 'custom', message: `expected an array of at most ${MAX_TENSORS} numbers`, input });
      return z.NEVER;
    }
    const values = new Float64Array(input.length);
    for (let i = 0; i < input.length; i++) {
      const value = toNumber(input[i]);
      if (value === undefined || value < 0) {
        const message = value === undefined ? 'expected a number' : 'must be >= 0';
        issues.push({ code: 'custom', message, input: input[i], path: [i] });
        return z.NEVER;
      }
      values[i] = value;
    }
    return values;
  })
  .prefault([])
  .meta({
    type: 'array',
    items: { $ref: '#/components/schemas/Number' },
    maxItems: MAX_TENSORS,
  }) as unknown as z.ZodType<Float64Array, readonly (number | string)[]>;

/** A partial norm of a request. */
export const normPartial: z.ZodType<NormPartial> = z
  .strictObject({
    order: real({ above: 0, infinite: true }),
    maxima: magnitudes,
    sums: magnitudes,
    squares: magnitudes,
    nonFinite: count.default(0),
  })
  .check(({ value: { order, maxima, sums, squares }, issues, value }) => {
    const wanted = { sums: maxima.length, squares: order === 2 ? maxima.length : 0 };
    for (const [field, { length }] of Object.entries({ sums, squares })) {
      const expected = wanted[field as keyof typeof wanted];
      if (length === expected) continue;
      const message = `needs ${expected} numbers, got ${length}`;
      issues.push({ code: 'custom', message, input: value, path: [field] });
    }
  });

const numbers = z.array(number) as unknown as z.ZodType<ArrayLike<number>>;
/** The same of a reply. */
export const normReply = z.strictObject({
  order: number,
  maxima: numbers,
  sums: numbers,
  squares: numbers,
  nonFinite: count,
});

/** The fields of a request by which a client clips some tensors of a gradient as if all were there. */
export const wholeFields = {
  total: real({ min: 0 })
    .optional()
    .describe('the norm of the gradient of which these are some tensors, in the order of the rule'),
  partial: normPartial.optional().describe('or what combine-norms made of it, exact at any size'),
};

interface Given {
  readonly total?: number | undefined;
  readonly partial?: NormPartial | undefined;
  readonly nonFinite: NonFinite;
}

/** What the request says of the whole gradient; null for nothing. */
export function wholeOf(
  { total, partial, nonFinite }: Given,
  { scalesBy }: Rule,
  kind: string,
): Whole | null {
  if (total === undefined && partial === undefined) return null;
  const path = partial === undefined ? 'total' : 'partial';
  if (total !== undefined && partial !== undefined)
    throw invalidField('partial', 'says the same as total; give one of them');
  if (scalesBy === undefined)
    throw invalidField(path, `is for rules that scale by the norm of the whole gradient; ${kind} does not`);
  if (partial === undefined) return { norm: split(total as number), nonFinite: 0, path };
  if (partial.order !== scalesBy)
    throw invalidField('partial.order', `must be ${scalesBy} like that of ${kind}, got ${partial.order}`);
  if (partial.nonFinite > 0 && nonFinite === 'REJECT')
    throw invalidField(
      'partial.nonFinite',
      `must be 0: nonFinite REJECT allows finite numbers only, got ${partial.nonFinite}`,
    );
  return { norm: normOf(partial), nonFinite: partial.nonFinite, path };
}
