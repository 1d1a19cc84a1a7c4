import { clipRequested, type GradientRequest } from './clip-request.js';
import { clipping } from './clipping/index.js';
import { scheduledThreshold } from './clipping/threshold.js';
import type { ReportReply } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, type Vector } from './kernels/vector.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import type { SkipReport } from './skip.js';
import { decodeState, encodeState } from './state.js';
import { layoutIdentity, numbersOf, type Tensor } from './tensor.js';
import type { State } from './transform.js';

export interface StepRequest extends GradientRequest {
  readonly parameters: readonly Tensor[];
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  /** Drives the threshold of the clipping rule. */
  readonly thresholdSchedule: Spec | null;
  readonly state: Uint8Array | null;
  /** f(x), for the optimizers and schedules that need it; NaN when the request has none. */
  readonly value: number;
}

export interface StepResult {
  readonly parameters: readonly Vector[];
  /** Only of optimizers whose result is an average of the path: that average. */
  readonly evaluationParameters?: readonly Vector[];
  readonly state: Uint8Array;
  /** Only of rules that remember something. */
  readonly clippingState?: Uint8Array;
  readonly reports: ReportReply[];
  /** Only where gradients may be skipped. */
  readonly skip?: SkipReport;
  /**
   * Euclidean norms, that of the gradient after the non-finite policy; `scale` = clipped / unclipped. With examples
   * the greatest norm and the smallest scale of the reports.
   */
  readonly metrics: {
    readonly gradientNorm: number;
    readonly scale: number;
    readonly updateNorm: number;
    readonly parameterNorm: number;
    readonly learningRate: number;
    readonly step: number;
  };
}

const normOf = (tensors: readonly Vector[]): number => norm2(tensors, new Float64Array(tensors.length));

/** Skip or non-finite policy, clip, optimizer, update, in PyTorch's order; overwrites the request's tensors. */
export function gradientStep(request: StepRequest): StepResult {
  const { transform, learningRate } = optimizers.build(request.optimizer);
  const x = request.parameters.map(numbersOf);
  const identity = {
    kind: optimizers.kindOf(request.optimizer),
    layout: layoutIdentity(request.parameters),
  };
  const shapes = request.parameters.map(({ shape }) => shape);
  const schedule = request.schedule === null ? null : schedules.build(request.schedule);
  const thresholdSchedule =
    request.thresholdSchedule === null ? null : schedules.build(request.thresholdSchedule);
  const remembers = schedule?.init !== undefined || thresholdSchedule?.init !== undefined;
  const begin = () => [schedule?.init?.() ?? [], thresholdSchedule?.init?.() ?? []];
  const initial = transform.init(x, shapes);
  const treeOf = (optimizer: State, memories: readonly State[]): State =>
    remembers ? [optimizer, ...memories] : optimizer;
  const fresh = treeOf(initial, begin());
  const { state: stored, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const [state, scheduleMemory, thresholdMemory] = (remembers ? stored : [stored, ...begin()]) as [
    State,
    State,
    State,
  ];
  const rule = clipping.build(request.clipping);
  if (thresholdSchedule !== null) {
    const threshold = scheduledThreshold(rule, clipping.kindOf(request.clipping));
    threshold.value = thresholdSchedule.rate(threshold.value, step, request.value, thresholdMemory);
  }
  const { gradients: g, norm: gradientNorm, ...rest } = clipRequested(request, rule, x);
  const { reports } = rest;
  const averageOf = (optimizer: State): Pick<StepResult, 'evaluationParameters'> =>
    transform.average === undefined ? {} : { evaluationParameters: transform.average(optimizer, x) };
  const rate = schedule?.rate(learningRate, step, request.value, scheduleMemory) ?? learningRate;
  if (rest.skip?.skipped)
    return {
      parameters: x,
      ...averageOf(state),
      state: request.state ?? encodeState({ ...identity, step }, treeOf(initial, begin())),
      ...rest,
      metrics: {
        gradientNorm,
        scale: 0,
        updateNorm: 0,
        parameterNorm: normOf(x),
        learningRate: rate,
        step,
      },
    };
  const clippedNorm = reports.some(({ clipped }) => clipped) ? normOf(g) : gradientNorm;
  const now = {
    count: step + 1,
    learningRate: rate,
    value: request.value,
    evaluate: null,
    shapes,
  };
  const next = transform.update(g, state, x, now);
  for (let t = 0; t < x.length; t++) axpy(x[t] as Vector, 1, g[t] as Vector);
  return {
    parameters: x,
    ...averageOf(next),
    state: encodeState({ ...identity, step: step + 1 }, treeOf(next, [scheduleMemory, thresholdMemory])),
    ...rest,
    metrics: {
      gradientNorm,
      scale:
        rule.needs === 'examples'
          ? reports.reduce((least, { scale }) => Math.min(least, scale), 1)
          : clippedNorm === gradientNorm
            ? 1
            : scaleOf(reports, clippedNorm, gradientNorm),
      updateNorm: normOf(g),
      parameterNorm: normOf(x),
      learningRate: now.learningRate,
      step: step + 1,
    },
  };
}

const scaleOf = (reports: readonly ReportReply[], clipped: number, unclipped: number): number =>
  reports.length === 1 && reports[0]?.norm === unclipped ? reports[0].scale : clipped / unclipped;
