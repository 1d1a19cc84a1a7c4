import { z } from 'zod';
import { type Choice, choose, optimizerOf, standIn } from '../../core/auto.js';
import { boundTerms } from '../../core/bound-terms.js';
import { clipping } from '../../core/clipping/index.js';
import { scheduledThreshold } from '../../core/clipping/threshold.js';
import { OPTIONAL_FIELDS } from '../../core/columns.js';
import { columnNames } from '../../core/descend.js';
import { invalidField } from '../../core/failure.js';
import { noises } from '../../core/noise/index.js';
import { objectives } from '../../core/objectives/index.js';
import type { ObjectivePlan } from '../../core/objectives/objective.js';
import { optimizers } from '../../core/optimizers/index.js';
import { type Cost, costOfRun, type RunSpec, withNoise } from '../../core/problem.js';
import { schedules } from '../../core/schedules/index.js';
import { duration, listOf, real, seed } from '../../core/schema.js';
import { type Tensor, tensors } from '../../core/tensor.js';
import { skipOptions } from '../gradient-input.js';
import { type Context, streaming } from '../operation.js';
import { commonDtype, flatten, totalSize } from '../parameters.js';
import { ruleFor } from '../rules.js';
import { type accepted, describeAccepted, describeResult, type Event, event, reply } from '../run-reply.js';
import { checkCost, count } from '../schemas.js';
import { givenConstants } from '../theory.js';
import { withHeartbeats } from './heartbeat.js';
import { describeBatch, join, type Metrics } from './metrics-batch.js';

const HEARTBEAT_MS = 10_000;
const MAX_TRACE_ROWS = 1_000_000;

const budget = z.strictObject({
  maxIterations: count.default(1000),
  gradientTolerance: real({ min: 0 }).default(0).describe('CONVERGED when ‖∇f(x_k)‖ is at most this'),
  maxWallTime: duration().optional(),
  targetValue: real().optional().describe('TARGET_REACHED when f(x_k) is at most this'),
});

const metricsOptions = z.strictObject({
  every: z.int().min(1).max(4294967295).default(1),
  fields: listOf(z.enum(OPTIONAL_FIELDS), 16).default([]).describe('columns beside the standard ones'),
  flush: duration().prefault('0.05s').describe('longest time that a finished row waits'),
  delivery: z.enum(['LOSSLESS', 'CONFLATE']).default('LOSSLESS'),
  encoding: z.enum(['VALUES', 'RAW']).default('VALUES'),
  evaluateEvery: z.int().min(1).max(4294967295).default(1),
  trace: z.boolean().default(false).describe('with Accept: application/json, return the columns'),
});

const input = z.strictObject({
  objective: objectives.spec,
  start: tensors.optional().describe('the objective’s own start when absent'),
  clipping: clipping.spec.default({ none: {} }),
  optimizer: optimizers.spec,
  schedule: schedules.spec.optional(),
  thresholdSchedule: schedules.spec.optional().describe('drives the threshold of the clipping rule'),
  budget: budget.prefault({}),
  metrics: metricsOptions.prefault({}),
  seed: seed().default(0),
  validateOnly: z.boolean().default(false),
  skip: skipOptions.optional(),
  noise: noises.spec.optional().describe('added to each gradient before it is clipped'),
  constants: givenConstants.optional().describe('for the columns `bound` and `budget`'),
});
type Input = z.output<typeof input>;

export const fullRun = streaming({
  name: 'full-run',
  summary: 'Run a whole descent and report every iteration.',
  route: { method: 'POST', path: '/v1/full-run' },
  rpc: 'FullRun',
  input,
  event,
  output: reply,
  example: {
    objective: { quartic: { dimension: 1 } },
    start: [[10]],
    clipping: { globalNorm: { threshold: 1 } },
    optimizer: { sgd: { learningRate: 0.05 } },
    budget: { maxIterations: 1000, gradientTolerance: 1e-3 },
  },
  async *handle(request, context) {
    const run = plan(request, context);
    yield { accepted: describeAccepted(request.budget, run.plan.layout, run.cost, context.fingerprint) };
    if (request.validateOnly) return;
    const startedAt = performance.now();
    const { spec, planContext, columns, encoding } = run;
    const job = {
      spec,
      context: planContext,
      delivery: request.metrics.delivery,
      flushMs: request.metrics.flush,
      deadline: run.deadline,
    };
    const batches = withHeartbeats(context.runner.run(job, context), HEARTBEAT_MS);
    let iteration = 0;
    for (;;) {
      const next = await batches.next();
      if (next.done) {
        context.observer.runFinished(next.value.outcome);
        const { layout } = run.plan;
        const { fingerprint } = context;
        yield {
          result: describeResult(next.value, layout, run.choice, encoding, fingerprint, startedAt),
        };
        return;
      }
      if (next.value === null) yield { heartbeat: { iteration } };
      else {
        iteration = next.value.firstIteration + next.value.stride * (next.value.rows - 1);
        yield { metrics: describeBatch(next.value, columns, request.metrics.encoding) };
      }
    }
  },
  async collect(events, request) {
    const kept: Metrics[] = [];
    let last: Event = {};
    for await (const next of events) {
      if (next.metrics !== undefined && request.metrics.trace) kept.push(next.metrics);
      if (next.accepted !== undefined || next.result !== undefined) last = next;
    }
    if (last.result === undefined) return last.accepted as z.input<typeof accepted>;
    return request.metrics.trace ? { ...last.result, trace: join(kept) } : last.result;
  },
});

interface Planned {
  readonly plan: ObjectivePlan;
  readonly spec: RunSpec;
  readonly planContext: {
    size: number | null;
    dtype: 'float64' | 'float32' | null;
    seed: number;
    secondOrder: boolean;
  };
  readonly columns: readonly string[];
  readonly encoding: Tensor['encoding'];
  readonly deadline: number | null;
  readonly cost: Cost;
  readonly choice: Choice | null;
}

function plan(request: Input, context: Context): Planned {
  if (clipping.build(request.clipping).needs === 'examples')
    throw invalidField(
      `clipping.${clipping.kindOf(request.clipping)}`,
      'needs the gradient of each example, which a run does not compute; send them to /v1/clip (Clip) or /v1/gradient-step (GradientStep)',
    );
  const start = request.start !== undefined && request.start.length > 0 ? request.start : null;
  const planContext = {
    size: start === null ? null : totalSize(start),
    dtype: start === null ? null : commonDtype(start, 'start'),
    seed: request.seed,
    secondOrder: false,
  };
  const exact = objectives.build(request.objective)({ ...planContext, datasets: context.datasets });
  const noise = request.noise ?? null;
  const plan = withNoise(exact, noise, request.seed);
  ruleFor(request.clipping, plan.layout.tensors);
  const { maxIterations, gradientTolerance, maxWallTime, targetValue } = request.budget;
  const { every, fields, evaluateEvery, trace } = request.metrics;
  if (trace && maxIterations / every > MAX_TRACE_ROWS)
    throw invalidField(
      'metrics.trace',
      `collects at most ${MAX_TRACE_ROWS} rows, got ${Math.ceil(maxIterations / every)}; raise metrics.every or read a stream`,
    );
  if (request.thresholdSchedule !== undefined)
    scheduledThreshold(clipping.build(request.clipping), clipping.kindOf(request.clipping));
  const descent = {
    objective: request.objective,
    clipping: request.clipping,
    optimizer: request.optimizer,
    schedule: request.schedule ?? null,
    thresholdSchedule: request.thresholdSchedule ?? null,
  };
  const n = plan.layout.size;
  const choice = choose(descent, n);
  const needsBound = fields.includes('bound') || fields.includes('budget');
  const spec: RunSpec = {
    ...descent,
    start: start === null ? null : flatten(start, plan.layout, 'start'),
    skip: request.skip ?? null,
    maxIterations,
    gradientTolerance,
    targetValue: targetValue ?? -Infinity,
    every,
    evaluateEvery,
    fields,
    noise,
    bound: needsBound
      ? boundTerms({ ...descent, optimizer: standIn(descent, choice) }, request.constants ?? null, n)
      : null,
  };
  const cost = costOfRun(spec, plan, optimizerOf(descent, choice));
  checkCost(cost, context);
  const limits = [context.deadline, maxWallTime === undefined ? null : Date.now() + maxWallTime];
  return {
    plan,
    spec,
    planContext,
    columns: columnNames({ plan, fields }),
    encoding: start?.[0]?.encoding ?? 'values',
    deadline: limits.reduce((a, b) => (a === null ? b : b === null ? a : Math.min(a, b)), null),
    cost,
    choice,
  };
}
