import { z } from 'zod';
import { invalidField } from '../../core/failure.js';
import type { Vector } from '../../core/kernels/vector.js';
import { objectives } from '../../core/objectives/index.js';
import { type Cost, costOfRun, type RunSpec } from '../../core/problem.js';
import { seed } from '../../core/schema.js';
import type { Pair } from '../../core/smoothness/certify.js';
import { polynomialOf } from '../../core/smoothness/polynomial-of.js';
import { PRODUCTS } from '../../core/smoothness/witness.js';
import { costOfCertificate } from '../../core/theory/certificate.js';
import { type Context, unary } from '../operation.js';
import { commonDtype, flatten, totalSize, unflatten } from '../parameters.js';
import { ruleFor } from '../rules.js';
import { checkCost, costEstimate } from '../schemas.js';
import {
  certificateReply,
  certificateRequest,
  empiricalReply,
  estimateRequest,
  witnessReply,
  witnessRequest,
} from '../smoothness-schemas.js';

const MODES = ['certificate', 'witness', 'estimate'] as const;
const USUAL_FRACTIONS = [0.2, 0.4, 0.6, 0.8, 1];
const USUAL_PLACES = [1, 10, 100, 1000];
const LABEL = 'an estimate on visited points, no certificate: nothing is known of f elsewhere';

const input = z
  .strictObject({
    objective: objectives.spec,
    certificate: certificateRequest.optional().describe('constants that hold everywhere'),
    witness: witnessRequest.optional().describe('points that show that no constants hold everywhere'),
    estimate: estimateRequest.optional().describe('what constants look like along a path'),
    seed: seed().default(0),
    validateOnly: z.boolean().default(false),
  })
  .check(({ value, issues }) => {
    const given = MODES.filter((mode) => value[mode] !== undefined);
    if (given.length !== 1)
      issues.push({
        code: 'custom',
        message: `needs exactly one of ${MODES.join(', ')}; got ${given.join(', ') || 'none'}`,
        input: undefined,
        path: [],
      });
  });
type Input = z.output<typeof input>;

const output = z.strictObject({
  certificate: certificateReply.optional(),
  witness: witnessReply.optional(),
  empirical: empiricalReply.optional(),
  estimate: costEstimate.optional(),
});
type Reply = z.input<typeof output>;

export const analyzeSmoothness = unary({
  name: 'smoothness',
  summary: 'Constants of (L0, L1)-smoothness: proved, refuted, or estimated along a path.',
  route: { method: 'POST', path: '/v1/smoothness' },
  rpc: 'AnalyzeSmoothness',
  input,
  output,
  example: {
    objective: { polynomial: { coefficients: [0, 1, 0, -2, 1] } },
    certificate: { l1: [2], threshold: 1 },
  },
  handle: (request, context) => {
    if (request.certificate !== undefined) return certified(request, request.certificate, context);
    if (request.witness !== undefined) return witnessed(request, request.witness, context);
    return estimated(request, request.estimate as z.output<typeof estimateRequest>, context);
  },
});

async function certified(
  { objective, validateOnly }: Input,
  { form, l1, threshold, interval }: z.output<typeof certificateRequest>,
  context: Context,
): Promise<Reply> {
  if (l1.length === 0 && threshold === undefined && interval === undefined)
    throw invalidField('certificate', 'needs at least one of l1, threshold, interval');
  const kind = objectives.kindOf(objective);
  const coefficients = polynomialOf(kind, objective[kind]);
  const claims = l1.length + (threshold === undefined ? 0 : 4) + (interval === undefined ? 0 : 1);
  const each = coefficients === null ? CLOSED_FORM_OPERATIONS : costOfCertificate(coefficients);
  const cost = { floatingPointOperations: claims * each, bytes: 1 << 20 };
  checkCost(cost, context);
  if (validateOnly) return { estimate: cost };
  const request = { objective, form, l1, threshold: threshold ?? null, interval: interval ?? null };
  const { best, ...rest } = await context.runner.compute('certifySmoothness', request, cost, context);
  const withRadius = (pair: Pair) => ({
    ...pair,
    ...(form === 'FIRST_ORDER' && pair.l1 > 0 && { radius: 1 / pair.l1 }),
  });
  const reply = { ...rest, frontier: rest.frontier.map(withRadius) };
  if (best === undefined) return { certificate: reply };
  const { sum, ...pair } = best;
  return { certificate: { ...reply, best: withRadius(pair), bestSum: sum } };
}
/** A formula; those that take eigenvalues of data take them once for each. */
const CLOSED_FORM_OPERATIONS = 1e5;

async function witnessed(
  { objective, seed, validateOnly }: Input,
  { along: given }: z.output<typeof witnessRequest>,
  context: Context,
): Promise<Reply> {
  const along = given.length > 0 ? given : USUAL_PLACES;
  const planContext = { size: null, dtype: null, seed, secondOrder: true };
  const plan = objectives.build(objective)({ ...planContext, datasets: context.datasets });
  const { size } = plan.layout;
  const products = Math.min(PRODUCTS, size) + 1;
  const cost = {
    floatingPointOperations: along.length * (1 + 2 * products) * plan.flopsPerEvaluation,
    bytes: plan.bytes + 8 * size * (PRODUCTS + along.length),
  };
  checkCost(cost, context);
  if (validateOnly) return { estimate: cost };
  const request = { objective, along, seed, context: planContext };
  const { points, ...rest } = await context.runner.compute('witnessSmoothness', request, cost, context);
  return {
    witness: {
      ...rest,
      points: points.map((point) => ({
        ...point,
        parameters: unflatten(plan.layout, point.parameters, 'values'),
      })),
    },
  };
}

async function estimated(
  { objective, seed, validateOnly }: Input,
  wanted: z.output<typeof estimateRequest>,
  context: Context,
): Promise<Reply> {
  const { points: given, run, curvature, products, around = null, threshold = null } = wanted;
  if ((given.length === 0) === (run === undefined))
    throw invalidField(
      'estimate',
      `needs either points or run; got ${run === undefined ? 'neither' : 'both'}`,
    );
  const fractions = wanted.fractions.length > 0 ? wanted.fractions : USUAL_FRACTIONS;
  const start = run?.start !== undefined && run.start.length > 0 ? run.start : null;
  const like = start ?? given[0] ?? null;
  const planContext = {
    size: like === null ? null : totalSize(like),
    dtype:
      like === null ? null : commonDtype(like, start === null ? 'estimate.points[0]' : 'estimate.run.start'),
    seed,
    secondOrder: curvature !== 'NONE',
  };
  const plan = objectives.build(objective)({ ...planContext, datasets: context.datasets });
  const { layout } = plan;
  const spec: RunSpec | null =
    run === undefined
      ? null
      : {
          objective,
          start: start === null ? null : flatten(start, layout, 'estimate.run.start'),
          clipping: run.clipping,
          optimizer: run.optimizer,
          schedule: run.schedule ?? null,
          thresholdSchedule: null,
          maxIterations: run.iterations,
          gradientTolerance: 0,
          targetValue: -Infinity,
          every: run.iterations,
          evaluateEvery: 1,
          fields: [],
        };
  if (run !== undefined) {
    if (ruleFor(run.clipping, layout.tensors).needs === 'examples')
      throw invalidField(
        'estimate.run.clipping',
        'needs the gradient of each example, which a run does not compute',
      );
  }
  const points: Vector[] | null =
    run === undefined ? given.map((tensors, i) => flatten(tensors, layout, `estimate.points[${i}]`)) : null;
  const visits = points?.length ?? (run as NonNullable<typeof run>).iterations + 1;
  const ofRun: Cost = spec === null ? { floatingPointOperations: 0, bytes: 0 } : costOfRun(spec, plan);
  const steps = curvature === 'NONE' ? 0 : Math.min(products, layout.size) + 1;
  const evaluations = 1 + fractions.length + 2 * steps + (around?.directions ?? 0);
  const cost = {
    floatingPointOperations:
      ofRun.floatingPointOperations +
      visits *
        (evaluations * plan.flopsPerEvaluation +
          (curvature === 'LANCZOS' ? 4 * steps * steps * layout.size : 0)),
    bytes: ofRun.bytes + plan.bytes + 8 * layout.size * (visits + steps + 8),
  };
  checkCost(cost, context);
  if (validateOnly) return { estimate: cost };
  const request = {
    objective,
    points,
    run: spec,
    fractions,
    curvature,
    products,
    around,
    threshold,
    seed,
    context: planContext,
  };
  const result = await context.runner.compute('estimateSmoothness', request, cost, context);
  return {
    empirical: {
      label: LABEL,
      visited: result.visited.map(({ secants, ...rest }) => ({
        ...rest,
        ...(secants !== undefined && { secants: [...secants] }),
      })),
      fits: [...result.fits],
      detail: result.detail,
    },
  };
}
