import { clipGradients, type NonFinite, type Whole } from './clip-gradients.js';
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
  /** Where the gradients are some tensors of a gradient. */
  readonly whole?: Whole | null;
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
  const fresh = transform.init(x);
  const { state, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const rule = clipping.build(request.clipping);
  const memory = ruleMemory(rule, request.clipping, request.gradients);
  const clipped = clipGradients(
    request.gradients.map(({ name, shape }, t) => ({ name, shape, data: g[t] as Vector })),
    rule,
    request.nonFinite,
    { parameters: x, state: memory.read(request.clippingState), whole: request.whole ?? null },
  );
  const { reports, norm: gradientNorm } = clipped;
  const clippedNorm = reports.some(({ clipped }) => clipped) ? normOf(g) : gradientNorm;
  const rate =
    request.schedule === null ? learningRate : schedules.build(request.schedule).rate(learningRate, step);
  const next = transform.update(g, state, x, {
    count: step + 1,
    learningRate: rate,
    value: request.value,
    evaluate: null,
  });
  for (let t = 0; t < x.length; t++) axpy(x[t] as Vector, 1, g[t] as Vector);
  return {
    parameters: x,
    state: encodeState({ ...identity, step: step + 1 }, next),
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
