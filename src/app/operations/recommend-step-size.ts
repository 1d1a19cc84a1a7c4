import { z } from 'zod';
import { constantsFor, minimumFor } from '../../core/bound-terms.js';
import { invalidField } from '../../core/failure.js';
import { objectives } from '../../core/objectives/index.js';
import type { Cost } from '../../core/problem.js';
import { listOf, real, seed } from '../../core/schema.js';
import { tensors } from '../../core/tensor.js';
import { bestThresholds, type Question } from '../../core/theory/recommend.js';
import { type Context, unary } from '../operation.js';
import { commonDtype, flatten, totalSize } from '../parameters.js';
import { recommendation, recommendationReply } from '../recommendation.js';
import { checkCost, costEstimate, count } from '../schemas.js';
import { givenConstants } from '../theory.js';

const MAX_LENGTHS = 1000;
const LENGTHS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];
/** Operations of the formulas, and of each point of a curve. */
const FORMULAS = 10_000;
const POINT = 100;

const input = z
  .strictObject({
    constants: givenConstants.optional().describe('that hold everywhere'),
    estimate: givenConstants
      .optional()
      .describe('that were estimated: the bounds are no better than they are'),
    objective: objectives.spec.optional().describe('for its closed form or certificate, and for f(x0)'),
    start: tensors.optional().describe('x0; the objective’s own when absent'),
    gap: real({ above: 0 }).optional().describe('Δ0 = f(x0) - inf f; f(x0) - minimum when absent'),
    threshold: real({ above: 0 }).optional().describe('c; the best for some ‖g_t‖ <= epsilon when absent'),
    epsilon: real({ above: 0 }).describe('the norm of the gradient that is to be reached'),
    iterations: listOf(count.min(1), MAX_LENGTHS).default([]).describe('T of the curves'),
    seed: seed().default(0),
    validateOnly: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    const ask = (message: string, path: string): void => {
      issues.push({ code: 'custom', message, input: value, path: [path] });
    };
    const { constants, estimate, objective, gap, start } = value;
    const given = constants ?? estimate;
    if (constants !== undefined && estimate !== undefined) ask('cannot go with constants', 'estimate');
    if (objective === undefined && given?.l0 === undefined)
      ask('needs l0 and l1, without an objective', 'constants');
    if (objective === undefined && gap === undefined) ask('is required without an objective', 'gap');
    if (objective === undefined && start !== undefined) ask('cannot go without an objective', 'start');
  });
type Input = z.output<typeof input>;

export const recommendStepSize = unary({
  name: 'step-size',
  summary: 'Lawful step sizes and thresholds from (L0, L1), what they guarantee, and what else there is.',
  route: { method: 'POST', path: '/v1/step-size' },
  rpc: 'RecommendStepSize',
  input,
  output: recommendationReply.partial().extend({ estimate: costEstimate.optional() }),
  example: { objective: { quartic: { dimension: 1 } }, start: [[10]], threshold: 1, epsilon: 1e-3 },
  async handle(request, context) {
    const { evaluation, minimum, cost } = plan(request, context);
    checkCost(cost, context);
    if (request.validateOnly) return { estimate: cost };
    const given = request.constants ?? request.estimate ?? null;
    const { epsilon, threshold = epsilon, iterations } = request;
    const constants =
      request.objective === undefined
        ? {
            l0: given?.l0 as number,
            l1: given?.l1 as number,
            form: given?.form ?? 'HESSIAN',
            origin: 'GIVEN' as const,
          }
        : constantsFor(request.objective, given, threshold);
    const { l0, l1, form } = constants;
    if (!Number.isFinite(l0))
      throw invalidField('constants', 'needs l0 and l1: no pair that is known goes with this threshold');
    const gap = request.gap ?? (await gapOf(evaluation as Evaluation, minimum as number, context));
    const question: Question = { l0, l1, form, threshold, gap, epsilon };
    return recommendation(
      question,
      request.estimate?.l0 === undefined ? constants.origin : 'ESTIMATE',
      bestThresholds(l0, l1, epsilon),
      iterations.length > 0 ? iterations : LENGTHS,
    );
  },
});

type Evaluation = ReturnType<typeof evaluationOf>;

function plan(
  request: Input,
  context: Context,
): { evaluation: Evaluation | null; minimum: number | null; cost: Cost } {
  const formulas = FORMULAS + POINT * request.iterations.length;
  if (request.objective === undefined || request.gap !== undefined)
    return { evaluation: null, minimum: null, cost: { floatingPointOperations: formulas, bytes: FORMULAS } };
  const evaluation = evaluationOf(request, context);
  const { plan } = evaluation;
  return {
    evaluation,
    minimum: minimumFor(request.objective, request.constants ?? request.estimate ?? null, plan.layout.size),
    cost: { floatingPointOperations: plan.flopsPerEvaluation + formulas, bytes: plan.bytes + FORMULAS },
  };
}

/** The evaluation that gives f(x0). */
function evaluationOf(request: Input, context: Context) {
  const objective = request.objective as NonNullable<Input['objective']>;
  const start = request.start !== undefined && request.start.length > 0 ? request.start : null;
  const planContext = {
    size: start === null ? null : totalSize(start),
    dtype: start === null ? null : commonDtype(start, 'start'),
    seed: request.seed,
    secondOrder: false,
  };
  const plan = objectives.build(objective)({ ...planContext, datasets: context.datasets });
  const parameters = start === null ? null : flatten(start, plan.layout, 'start');
  return {
    plan,
    computation: { objective, parameters, directions: [], hessian: false, context: planContext },
  };
}

async function gapOf({ plan, computation }: Evaluation, minimum: number, context: Context): Promise<number> {
  const cost = { floatingPointOperations: plan.flopsPerEvaluation, bytes: plan.bytes };
  const { value } = await context.runner.compute('evaluate', computation, cost, context);
  if (!Number.isFinite(value)) throw invalidField('start', `needs a finite f(x0), got ${value}`);
  if (value < minimum)
    throw invalidField('constants.minimum', `must not be above f(x0) = ${value}, got ${minimum}`);
  if (value === minimum) throw invalidField('start', `is a minimum already: f(x0) = ${value}`);
  return value - minimum;
}
