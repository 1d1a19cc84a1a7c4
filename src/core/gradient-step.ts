import { clipGradients, type NonFinite } from './clip-gradients.js';
import { clipping } from './clipping/index.js';
import { ruleMemory } from './clipping/memory.js';
import { scheduledThreshold } from './clipping/threshold.js';
import type { Report } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, type Vector } from './kernels/vector.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import { decodeState, encodeState } from './state.js';
import { layoutIdentity, numbersOf, type Tensor } from './tensor.js';
import type { State } from './transform.js';

export interface StepRequest {
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly clipping: Spec;
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  /** Drives the threshold of the clipping rule. */
  readonly thresholdSchedule: Spec | null;
  readonly state: Uint8Array | null;
  readonly clippingState: Uint8Array | null;
  readonly nonFinite: NonFinite;
  /** f(x), for the optimizers and schedules that need it; NaN when the request has none. */
  readonly value: number;
}

export interface StepResult {
  readonly parameters: readonly Vector[];
  readonly state: Uint8Array;
  /** Only of rules that remember something. */
  readonly clippingState?: Uint8Array;
  readonly reports: Report[];
  /** Euclidean norms, that of the gradient after the non-finite policy; `scale` = clipped / unclipped. */
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

/** Non-finite policy, clip, optimizer, update, in PyTorch's order; overwrites the request's tensors. */
export function gradientStep(request: StepRequest): StepResult {
  const { transform, learningRate } = optimizers.build(request.optimizer);
  const x = request.parameters.map(numbersOf);
  const g = request.gradients.map(numbersOf);
  const identity = {
    kind: optimizers.kindOf(request.optimizer),
    layout: layoutIdentity(request.parameters),
  };
  const schedule = request.schedule === null ? null : schedules.build(request.schedule);
  const thresholdSchedule =
    request.thresholdSchedule === null ? null : schedules.build(request.thresholdSchedule);
  const remembers = schedule?.init !== undefined || thresholdSchedule?.init !== undefined;
  const memories = [schedule?.init?.() ?? [], thresholdSchedule?.init?.() ?? []];
  const fresh = remembers ? [transform.init(x), ...memories] : transform.init(x);
  const { state: stored, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const [state, scheduleMemory, thresholdMemory] = (remembers ? stored : [stored, ...memories]) as [
    State,
    State,
    State,
  ];
  const rule = clipping.build(request.clipping);
  if (thresholdSchedule !== null) {
    const threshold = scheduledThreshold(rule, clipping.kindOf(request.clipping));
    threshold.value = thresholdSchedule.rate(threshold.value, step, request.value, thresholdMemory);
  }
  const memory = ruleMemory(rule, request.clipping, request.gradients);
  const clipped = clipGradients(
    request.gradients.map(({ name, shape }, t) => ({ name, shape, data: g[t] as Vector })),
    rule,
    request.nonFinite,
    { parameters: x, state: memory.read(request.clippingState) },
  );
  const { reports, norm: gradientNorm } = clipped;
  const clippedNorm = reports.some(({ clipped }) => clipped) ? normOf(g) : gradientNorm;
  const rate = schedule?.rate(learningRate, step, request.value, scheduleMemory) ?? learningRate;
  const next = transform.update(g, state, x, {
    count: step + 1,
    learningRate: rate,
    value: request.value,
    evaluate: null,
  });
  for (let t = 0; t < x.length; t++) axpy(x[t] as Vector, 1, g[t] as Vector);
  return {
    parameters: x,
    state: encodeState(
      { ...identity, step: step + 1 },
      remembers ? [next, scheduleMemory, thresholdMemory] : next,
    ),
    ...memory.written(clipped.state),
    reports,
    metrics: {
      gradientNorm,
      scale: clippedNorm === gradientNorm ? 1 : scaleOf(reports, clippedNorm, gradientNorm),
      updateNorm: normOf(g),
      parameterNorm: normOf(x),
      learningRate: rate,
      step: step + 1,
    },
  };
}

const scaleOf = (reports: readonly Report[], clipped: number, unclipped: number): number =>
  reports.length === 1 && reports[0]?.norm === unclipped ? reports[0].scale : clipped / unclipped;
