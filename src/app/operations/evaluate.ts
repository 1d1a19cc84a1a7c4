import { z } from 'zod';
import { invalidField } from '../../core/failure.js';
import type { Vector } from '../../core/kernels/vector.js';
import type { Layout } from '../../core/layout.js';
import { objectives } from '../../core/objectives/index.js';
import { listOf, seed } from '../../core/schema.js';
import { type Tensor, type TensorMessage, tensorMessage, tensors } from '../../core/tensor.js';
import { unary } from '../operation.js';
import { commonDtype, flatten, totalSize, unflatten } from '../parameters.js';
import { checkCost, costEstimate, namedValue, number, tensorList, tensorReply } from '../schemas.js';

const MAX_HESSIAN = 512;

export const evaluate = unary({
  name: 'evaluate',
  summary: 'Value, gradient and Hessian-vector products of an objective at given parameters.',
  route: { method: 'POST', path: '/v1/evaluate' },
  rpc: 'Evaluate',
  input: z.strictObject({
    objective: objectives.spec,
    parameters: tensors.optional().describe('the objective’s own start when absent'),
    directions: listOf(tensorList, 1024).default([]).describe('each gives one Hessian-vector product'),
    hessian: z.boolean().default(false).describe(`the whole Hessian, for up to ${MAX_HESSIAN} parameters`),
    seed: seed().default(0),
    validateOnly: z.boolean().default(false),
  }),
  output: z.strictObject({
    value: number.optional(),
    gradients: z.array(tensorReply).optional(),
    gradientNorm: number.optional(),
    hessianVectorProducts: z.array(z.array(tensorReply)).optional(),
    hessian: tensorReply.optional(),
    parameters: z.array(tensorReply).optional(),
    evaluation: z.array(namedValue).optional(),
    estimate: costEstimate.optional(),
  }),
  example: {
    objective: { rosenbrock: { dimension: 2 } },
    parameters: [[-1.2, 1]],
    directions: [[[1, 0]]],
  },
  async handle(input, context) {
    const { objective, hessian, validateOnly } = input;
    const parameters =
      input.parameters !== undefined && input.parameters.length > 0 ? input.parameters : null;
    const planContext = {
      size: parameters === null ? null : totalSize(parameters),
      dtype: parameters === null ? null : commonDtype(parameters, 'parameters'),
      seed: input.seed,
      secondOrder: hessian || input.directions.length > 0,
    };
    const plan = objectives.build(objective)({ ...planContext, datasets: context.datasets });
    const { layout } = plan;
    if (hessian && layout.size > MAX_HESSIAN)
      throw invalidField('hessian', `needs at most ${MAX_HESSIAN} parameters, got ${layout.size}`);
    const products = input.directions.length + (hessian ? layout.size : 0);
    const cost = {
      floatingPointOperations: plan.flopsPerEvaluation * (1 + 2 * products) + (plan.flopsPerHeldOut ?? 0),
      bytes: plan.bytes + 8 * layout.size * products,
    };
    checkCost(cost, context);
    const request = {
      objective,
      hessian,
      context: planContext,
      parameters: parameters === null ? null : flatten(parameters, layout, 'parameters'),
      directions: input.directions.map((tensors, i) => flatten(tensors, layout, `directions[${i}]`)),
    };
    if (validateOnly) return { estimate: cost };
    const result = await context.runner.compute('evaluate', request, cost, context);
    const encoding = parameters?.[0]?.encoding ?? 'values';
    return {
      value: result.value,
      gradients: unflatten(layout, result.gradient, encoding),
      gradientNorm: result.gradientNorm,
      ...(result.products.length > 0 && {
        hessianVectorProducts: result.products.map((product) => unflatten(layout, product, encoding)),
      }),
      ...(result.hessian !== null && { hessian: square(layout, result.hessian, encoding) }),
      ...(parameters === null && { parameters: unflatten(layout, result.parameters, encoding) }),
      ...(result.evaluation.length > 0 && { evaluation: result.evaluation }),
    };
  },
});

function square(layout: Layout, data: Vector, encoding: Tensor['encoding']): TensorMessage {
  const { dtype, size } = layout;
  return tensorMessage({ name: 'hessian', shape: [size, size], dtype, data, encoding }, data);
}
