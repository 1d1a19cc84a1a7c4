import { z } from 'zod';
import { invalidField } from '../../core/failure.js';
import { cellNames } from '../../core/network/recurrent/cell.js';
import { real } from '../../core/schema.js';
import { tensor, tensors } from '../../core/tensor.js';
import { flowCost } from '../../core/theory/gradient-flow/cost.js';
import { LOSSES } from '../../core/theory/gradient-flow/loss.js';
import { flowOutput, flowReply } from '../gradient-flow-reply.js';
import { unary } from '../operation.js';
import { MAX_STEPS, systemOf } from '../recurrent-system.js';
import { checkCost } from '../schemas.js';

/** About two minutes: an analysis holds its thread until it is done. */
const MAX_OPERATIONS = 1e11;
const DEFAULT_STEPS = 100;
const steps = () => z.int().min(0).max(MAX_STEPS);

export const analyzeGradientFlow = unary({
  name: 'gradient-flow',
  summary: 'Whether gradients vanish or explode in a recurrent network, and why.',
  route: { method: 'POST', path: '/v1/gradient-flow' },
  rpc: 'AnalyzeGradientFlow',
  input: z.strictObject({
    cell: z.enum(cellNames).default('linear'),
    parameters: tensors
      .default([])
      .describe(
        'W_h alone, or with a sequence W_x, W_h, W_o and perhaps b_x, b_h, b_o, h0, c0; or by the names of PyTorch, weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0',
      ),
    inputs: tensor.optional().describe('steps x sequences x features, or steps x features of one sequence'),
    targets: tensor
      .optional()
      .describe(
        'steps x sequences x outputs, without steps where lossAt is last; in other losses than crossEntropy',
      ),
    labels: tensor
      .optional()
      .describe('of crossEntropy: steps x sequences, without steps where lossAt is last'),
    loss: z.enum(LOSSES).default('halfSquaredError').describe('mean over steps and sequences'),
    lossAt: z.enum(['every', 'last']).default('every').describe('steps that have a target'),
    initialState: tensor.optional().describe('h_0: units or sequences x units; 0 when absent'),
    initialCell: tensor.optional().describe('c_0 of lstm, shaped like h_0; 0 when absent'),
    steps: steps()
      .optional()
      .describe(`the greatest power of W_h, ${DEFAULT_STEPS} when absent; with inputs, their number`),
    maxLag: steps().optional().describe('the greatest lag whose contribution is computed; all when absent'),
    tolerance: real({ min: 0, below: 1 })
      .default(1e-9)
      .describe('how far from 1 a spectral radius or singular value still counts as 1'),
    validateOnly: z.boolean().default(false),
  }),
  output: flowOutput,
  example: {
    parameters: [
      [
        [0.9, 10],
        [0, 0.9],
      ],
    ],
    steps: 20,
  },
  async handle(input, context) {
    const { cell, tolerance, validateOnly } = input;
    const { n, wh, sequence, names } = systemOf(input);
    const length = sequence?.steps ?? input.steps ?? DEFAULT_STEPS;
    if (sequence !== null && input.steps !== undefined && input.steps !== length)
      throw invalidField('steps', `must be ${length} like those of the inputs, got ${input.steps}`);
    if (sequence === null && input.maxLag !== undefined)
      throw invalidField('maxLag', 'goes with inputs, and there are none');
    const maxLag = Math.min(input.maxLag ?? length, Math.max(0, length - 1));
    const cost = flowCost({ cell, n, steps: length, maxLag, shape: sequence });
    const { maxFloatingPointOperations: limit, maxBytes } = context.limits;
    const limits = { maxFloatingPointOperations: Math.min(limit, MAX_OPERATIONS), maxBytes };
    checkCost(cost, { limits });
    if (validateOnly) return { estimate: cost };
    const request = { cell, n, wh, sequence, steps: length, maxLag, tolerance };
    const result = await context.runner.compute('gradientFlow', request, cost, context);
    return flowReply(result, names, tolerance);
  },
});
