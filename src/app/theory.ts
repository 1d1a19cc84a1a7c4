import { z } from 'zod';
import { real } from '../core/schema.js';
import type { BoundReport } from '../core/theory/bound.js';
import { number } from './schemas.js';

const FORMS = ['FIRST_ORDER', 'HESSIAN'] as const;
const ORIGINS = ['GIVEN', 'CLOSED_FORM', 'CERTIFICATE'] as const;

export const form = z
  .enum(FORMS)
  .default('HESSIAN')
  .describe('what l0 and l1 bound: the Hessian, or differences of gradients');
export const formReply = z.enum(FORMS);
export const originReply = z.enum(ORIGINS);

/** (L0, L1) and a lower bound of f, for what is not known of the objective. */
export const givenConstants = z
  .strictObject({
    l0: real({ min: 0 }).optional(),
    l1: real({ min: 0 }).optional(),
    form,
    minimum: real().optional().describe('inf f, or any lower bound'),
  })
  .check(({ value, issues }) => {
    if ((value.l0 === undefined) !== (value.l1 === undefined))
      issues.push({ code: 'custom', message: 'needs both l0 and l1, or none of them', input: value });
    if (value.l0 === 0 && value.l1 === 0)
      issues.push({ code: 'custom', message: 'l0 and l1 must not both be 0', input: value });
  });

export const boundReply = z.strictObject({
  conditionsHeld: z.boolean(),
  unmet: z.array(z.string()).describe('the conditions of the theorem that did not hold'),
  held: z.boolean().optional().describe('absent where the conditions did not'),
  l0: number,
  l1: number,
  form: formReply,
  origin: originReply,
  minimum: number,
  theta: number,
  kappa: number,
  spent: number,
  budget: number,
  meanGradientNorm: number,
  sharp: number,
  loose: number,
});

export function describeBound({ held, unmet, ...numbers }: BoundReport): z.input<typeof boundReply> {
  return {
    conditionsHeld: unmet.length === 0,
    unmet: [...unmet],
    ...(held !== null && { held }),
    ...numbers,
  };
}

export const autoReply = z.strictObject({
  method: z.enum(['CLIPPED_DESCENT', 'ADAPTIVE_STEP', 'LINE_SEARCH']),
  why: z.string(),
  learningRate: number.optional(),
  l0: number.optional(),
  l1: number.optional(),
  form: formReply.optional(),
  origin: originReply.optional(),
});
