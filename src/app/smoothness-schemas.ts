import { z } from 'zod';
import { clipping } from '../core/clipping/index.js';
import { optimizers } from '../core/optimizers/index.js';
import { schedules } from '../core/schedules/index.js';
import { listOf, real } from '../core/schema.js';
import { CURVATURES } from '../core/smoothness/estimate.js';
import { tensors } from '../core/tensor.js';
import { count, number, tensorList, tensorReply } from './schemas.js';

const form = z.enum(['HESSIAN', 'FIRST_ORDER']);

export const certificateRequest = z
  .strictObject({
    form: form
      .default('HESSIAN')
      .describe(
        'HESSIAN bounds ‖∇²f‖; FIRST_ORDER differences of gradients, constants 1/ln 2 times as great',
      ),
    l1: listOf(real({ min: 0 }), 1000)
      .default([])
      .describe('the least L0 for each'),
    threshold: real({ above: 0 }).optional().describe('c of the pair with the least L0 + c L1'),
    interval: z
      .strictObject({ from: real(), to: real() })
      .check(({ value: { from, to }, issues }) => {
        if (from > to)
          issues.push({
            code: 'custom',
            message: `must be >= from, which is ${from}, got ${to}`,
            input: to,
            path: ['to'],
          });
      })
      .optional()
      .describe('the least L on it, of a polynomial'),
  })
  .meta({ id: 'SmoothnessCertificateRequest' });

export const witnessRequest = z
  .strictObject({
    along: listOf(real(), 1000).default([]).describe('places on the curve; 1, 10, 100, 1000 when absent'),
  })
  .meta({ id: 'SmoothnessWitnessRequest' });

export const pathRequest = z
  .strictObject({
    start: tensors.optional().describe('the objective’s own start when absent'),
    clipping: clipping.spec.default({ none: {} }),
    optimizer: optimizers.spec,
    schedule: schedules.spec.optional(),
    iterations: z.int().min(1).max(100_000).default(100),
  })
  .meta({ id: 'SmoothnessPath' });

export const estimateRequest = z
  .strictObject({
    points: listOf(tensorList, 100_000).default([]).describe('the points visited, in order'),
    run: pathRequest.optional().describe('or a run whose iterates they are'),
    fractions: listOf(real({ above: 0, max: 1 }), 64)
      .default([])
      .describe('of a step, where gradients are compared; 0.2, 0.4, 0.6, 0.8, 1 when absent'),
    curvature: z
      .enum(CURVATURES)
      .default('LANCZOS')
      .describe('how ‖∇²f‖ is found from Hessian-vector products'),
    products: z
      .int()
      .min(1)
      .max(1000)
      .default(30)
      .describe('Hessian-vector products for each point, at most'),
    around: z
      .strictObject({
        radius: real({ above: 0 }),
        directions: z.int().min(1).max(1000).default(8),
      })
      .optional()
      .describe('compares gradients in random directions around each point, too'),
    threshold: real({ above: 0 })
      .optional()
      .describe('where the envelope is least; the mean gradient norm when absent'),
  })
  .meta({ id: 'SmoothnessEstimateRequest' });

const pair = z
  .strictObject({
    l0: number,
    l1: number,
    lower: number.optional().describe('no L0 below it would do, as x = at shows'),
    at: number.optional(),
    radius: number
      .optional()
      .describe('1/L1: how far apart two points may be; only of the first-order form, absent for L1 = 0'),
  })
  .meta({ id: 'SmoothnessPair' });

export const certificateReply = z.strictObject({
  basis: z
    .enum(['STURM', 'CLOSED_FORM'])
    .describe('proved for this request in exact arithmetic, or a formula proved once for the objective'),
  form,
  constants: z.string().describe('the formula, of the Hessian form'),
  frontier: z.array(pair),
  best: pair.optional().describe('the pair with the least L0 + threshold · L1'),
  bestSum: number.optional(),
  interval: z.strictObject({ l: number, lower: number, at: number }).optional(),
});

export const witnessReply = z.strictObject({
  why: z.string(),
  points: z.array(
    z.strictObject({
      t: number,
      parameters: z.array(tensorReply),
      value: number,
      gradientNorm: number,
      hessianNorm: number,
      residual: number,
    }),
  ),
  lossBound: z
    .strictObject({ h0: number, h1: number })
    .optional()
    .describe('‖∇²f‖ <= h0 + h1 f everywhere, where that much is true'),
});

const fit = z.strictObject({
  of: z.enum(['HESSIAN', 'SECANT']).describe('what is fitted to the gradient norms'),
  points: count,
  regression: z
    .strictObject({ l0: number, l1: number, pearson: number.optional() })
    .optional()
    .describe('least squares'),
  envelope: z
    .strictObject({ l0: number, l1: number, threshold: number })
    .describe('L0 + L1 ‖∇f‖ is above all of them, L0 + threshold · L1 least'),
  logs: z
    .strictObject({
      count,
      slope: number,
      pearson: number.optional(),
      spearman: number.optional(),
    })
    .optional()
    .describe('of the logarithms'),
});

export const empiricalReply = z.strictObject({
  label: z.string().describe('says that this is an estimate on visited points'),
  visited: z.array(
    z.strictObject({
      value: number,
      gradientNorm: number,
      hessianNorm: number.optional(),
      eigenvalue: number.optional().describe('the one of the greatest size, with its sign'),
      residual: number
        .optional()
        .describe('an eigenvalue of the Hessian, of its square for POWER, is this near'),
      secants: z.array(number).optional(),
      secant: number.optional().describe('the greatest of them'),
      aroundSecant: number.optional(),
    }),
  ),
  fits: z.array(fit),
  detail: z.string().describe('points left out, a run that ended early; empty otherwise'),
});
