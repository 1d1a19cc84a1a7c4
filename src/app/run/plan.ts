import { type Choice, choose, optimizerOf, standIn } from '../../core/auto.js';
import { boundTerms } from '../../core/bound-terms.js';
import { clipping } from '../../core/clipping/index.js';
import { scheduledThreshold } from '../../core/clipping/threshold.js';
import { invalidField } from '../../core/failure.js';
import type { Vector } from '../../core/kernels/vector.js';
import { objectives } from '../../core/objectives/index.js';
import type { ObjectivePlan } from '../../core/objectives/objective.js';
import { columnNames } from '../../core/optional-columns/optional-columns.js';
import { type Cost, costOfRun, type RunSpec, withNoise } from '../../core/problem.js';
import type { Tensor } from '../../core/tensor.js';
import type { Context } from '../operation.js';
import { commonDtype, flatten, totalSize } from '../parameters.js';
import { ruleFor } from '../rules.js';
import type { RunJob } from '../runner.js';
import type { Budget, Descent, Setting } from './request.js';

/** What every run of a request shares: the objective, where it starts and what is reported. */
export interface Ground {
  readonly setting: Setting;
  readonly plan: ObjectivePlan;
  /** Flat; null for the objective's own start. */
  readonly start: Vector | null;
  readonly planContext: RunJob['context'];
  readonly columns: readonly string[];
  readonly encoding: Tensor['encoding'];
}

/** A run that only has to be executed. */
export interface PlannedRun {
  readonly spec: RunSpec;
  readonly cost: Cost;
  readonly choice: Choice | null;
}

export function planGround(setting: Setting, { datasets }: Pick<Context, 'datasets'>): Ground {
  const start = setting.start !== undefined && setting.start.length > 0 ? setting.start : null;
  const planContext = {
    size: start === null ? null : totalSize(start),
    dtype: start === null ? null : commonDtype(start, 'start'),
    seed: setting.seed,
    secondOrder: false,
  };
  const exact = objectives.build(setting.objective)({ ...planContext, datasets });
  const plan = withNoise(exact, setting.noise ?? null, setting.seed);
  return {
    setting,
    plan,
    start: start === null ? null : flatten(start, plan.layout, 'start'),
    planContext,
    columns: columnNames({ plan, fields: setting.metrics.fields }),
    encoding: start?.[0]?.encoding ?? 'values',
  };
}

/** Refuses a descent that does not go with the objective; what it costs is for the caller to check. */
export function planRun({ setting, plan, start }: Ground, descent: Descent): PlannedRun {
  const rule = clipping.build(descent.clipping);
  const kind = clipping.kindOf(descent.clipping);
  if (rule.needs === 'examples')
    throw invalidField(
      `clipping.${kind}`,
      'needs the gradient of each example, which a run does not compute; send them to /v1/clip (Clip) or /v1/gradient-step (GradientStep)',
    );
  ruleFor(descent.clipping, plan.layout.tensors);
  if (descent.thresholdSchedule !== undefined) scheduledThreshold(rule, kind);
  const { maxIterations, gradientTolerance, targetValue } = setting.budget;
  const { every, fields, evaluateEvery } = setting.metrics;
  const asked = {
    objective: setting.objective,
    clipping: descent.clipping,
    optimizer: descent.optimizer,
    schedule: descent.schedule ?? null,
    thresholdSchedule: descent.thresholdSchedule ?? null,
  };
  const n = plan.layout.size;
  const choice = choose(asked, n);
  const needsBound = fields.includes('bound') || fields.includes('budget');
  const spec: RunSpec = {
    ...asked,
    start,
    skip: descent.skip ?? null,
    maxIterations,
    gradientTolerance,
    targetValue: targetValue ?? -Infinity,
    every,
    evaluateEvery,
    fields,
    noise: setting.noise ?? null,
    bound: needsBound
      ? boundTerms({ ...asked, optimizer: standIn(asked, choice) }, setting.constants ?? null, n)
      : null,
  };
  return { spec, cost: costOfRun(spec, plan, optimizerOf(asked, choice)), choice };
}

/** Epoch milliseconds at which a run that begins now ends with its best so far; null for none. */
export function deadlineOf({ maxWallTime }: Budget, { deadline }: Pick<Context, 'deadline'>): number | null {
  const own = maxWallTime === undefined ? null : Date.now() + maxWallTime;
  return deadline === null || own === null ? (deadline ?? own) : Math.min(deadline, own);
}

/** What the runner takes. */
export const jobOf = ({ setting, planContext }: Ground, spec: RunSpec, deadline: number | null): RunJob => ({
  spec,
  context: planContext,
  delivery: setting.metrics.delivery,
  flushMs: setting.metrics.flush,
  deadline,
});
