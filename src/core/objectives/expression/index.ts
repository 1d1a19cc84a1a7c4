import { z } from 'zod';
import { newVector } from '../../layout.js';
import { defineObjective } from '../objective.js';
import { expressionData } from './data.js';
import { bytesOf, createMachine, rowsOf } from './machine.js';
import { buildModel } from './model.js';
import { namedTensors } from './named-tensors.js';
import { flopsOf } from './program.js';

const MAX_LENGTH = 16384;

export const expression = defineObjective({
  kind: 'expression',
  summary:
    'A formula over named parameters, constants and data columns; exact gradients and Hessian-vector products.',
  formula: 'e.g. mean((y - a*exp(-b*x) - c)^2) + 0.01*norm2(p)^2',
  latex: String.raw`\text{e.g. } \frac1n \sum_i \left( y_i - a e^{-b x_i} - c \right)^2 + 0.01 \lVert p \rVert^2`,
  source: 'reverse mode: Linnainmaa 1976; Hessian-vector products: Pearlmutter 1994',
  params: z.strictObject({
    formula: z.string().min(1).max(MAX_LENGTH).describe('comes to a number; see the documentation'),
    parameters: namedTensors.describe('numbers and vectors with their initial values, in this order'),
    constants: namedTensors.default([]).describe('numbers and vectors that stay as they are'),
    data: expressionData.optional().describe('the rows that columns, sum and mean are about'),
    batchSize: z.int().min(1).max(4294967295).optional().describe('rows per iteration; all rows when absent'),
    dtype: z
      .enum(['float64', 'float32'])
      .default('float64')
      .describe('of the parameters; the formula itself is computed in double precision'),
  }),
  example: {
    formula: 'mean((y - a*exp(-b*x) - c)^2)',
    parameters: { a: 1, b: 1, c: 0 },
    data: { inline: { columns: { x: [0, 1, 2, 3, 4], y: [2.5, 1.7, 1.2, 0.9, 0.75] } } },
  },
  knowledge: {
    smoothness: { constants: 'those of the formula' },
    minimum: { says: 'that of the formula' },
  },
  build: (params) => (context) => {
    const model = buildModel(params, context.datasets, context.secondOrder);
    const { batch } = rowsOf(model);
    return {
      layout: model.layout,
      flopsPerEvaluation: Math.max(
        flopsOf(model.first, batch),
        model.second ? flopsOf(model.second, batch) : 0,
      ),
      bytes: bytesOf(model),
      evaluationColumns: [],
      create: () => createMachine(model, context.seed, (n) => newVector(params.dtype, n)),
    };
  },
});
