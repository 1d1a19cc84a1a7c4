import { clipGradients, type NonFinite } from './clip-gradients.js';
import { clipping } from './clipping/index.js';
import { ruleMemory } from './clipping/memory.js';
import type { Report } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, type Vector } from './kernels/vector.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import { decodeState, encodeState } from './state.js';
import { layoutIdentity, numbersOf, type Tensor } from './tensor.js';

export interface StepRequest {
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly clipping: Spec;
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  readonly state: Uint8Array | null;
  readonly clippingState: Uint8Array | null;
  readonly nonFinite: NonFinite;
  /** f(x), for the optimizers that need it; NaN when the request has none. */
  readonly value: number;
}

export interface StepResult {
  readonly parameters: readonly Vector[];
  readonly state: Uint8Array;
  /** Only of rules that remember something. */
  readonly clippingState?: Uint8Array;
  readonly reports: Report[];
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

/** Non-finite policy, clip, optimizer, update, in PyTorch's order; overwrites the request's tensors. */
export function gradientStep(request: StepRequest): StepResult {
  const { transform, learningRate } = optimizers.build(request.optimizer);
  const x = request.parameters.map(numbersOf);
  const given = request.gradients.map(numbersOf);
  const identity = {
    kind: optimizers.kindOf(request.optimizer),
    layout: layoutIdentity(request.parameters),
  };
  const shapes = request.parameters.map(({ shape }) => shape);
  const fresh = transform.init(x, shapes);
  const { state, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const rule = clipping.build(request.clipping);
  const memory = ruleMemory(rule, request.clipping, request.gradients);
  const clipped = clipGradients(
    request.gradients.map(({ name, shape }, t) => ({ name, shape, data: given[t] as Vector })),
    rule,
    request.nonFinite,
    { parameters: x, state: memory.read(request.clippingState) },
  );
  const { gradients: g, reports, norm: gradientNorm } = clipped;
  const clippedNorm = reports.some(({ clipped }) => clipped) ? normOf(g) : gradientNorm;
  const rate =
    request.schedule === null ? learningRate : schedules.build(request.schedule).rate(learningRate, step);
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
    ...memory.written(clipped.state),
    reports,
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

const scaleOf = (reports: readonly Report[], clipped: number, unclipped: number): number =>
  reports.length === 1 && reports[0]?.norm === unclipped ? reports[0].scale : clipped / unclipped;
