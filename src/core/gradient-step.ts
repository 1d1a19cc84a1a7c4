import { clipRequested, type GradientRequest } from './clip-request.js';
import { clipping } from './clipping/index.js';
import type { ReportReply } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, type Vector } from './kernels/vector.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import type { SkipReport } from './skip.js';
import { decodeState, encodeState } from './state.js';
import { layoutIdentity, numbersOf, type Tensor } from './tensor.js';

export interface StepRequest extends GradientRequest {
  readonly parameters: readonly Tensor[];
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  readonly state: Uint8Array | null;
  /** f(x), for the optimizers that need it; NaN when the request has none. */
  readonly value: number;
}

export interface StepResult {
  readonly parameters: readonly Vector[];
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
  const fresh = transform.init(x, shapes);
  const { state, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const rate =
    request.schedule === null ? learningRate : schedules.build(request.schedule).rate(learningRate, step);
  const { gradients: g, norm: gradientNorm, ...rest } = clipRequested(request, x);
  const { reports } = rest;
  if (rest.skip?.skipped)
    return {
      parameters: x,
      state: request.state ?? encodeState({ ...identity, step }, state),
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
    state: encodeState({ ...identity, step: step + 1 }, next),
    ...rest,
    metrics: {
      gradientNorm,
      scale:
        clipping.build(request.clipping).needs === 'examples'
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
