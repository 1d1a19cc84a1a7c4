import { clipGradients, type NonFinite } from './clip-gradients.js';
import type { Report } from './kernels/clip.js';
import { norm2 } from './kernels/norm.js';
import { axpy, type Vector } from './kernels/vector.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import { decodeState, encodeState } from './state.js';
import { numbersOf, type Tensor } from './tensor.js';

export interface StepRequest {
  readonly parameters: readonly Tensor[];
  readonly gradients: readonly Tensor[];
  readonly clipping: Spec;
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  readonly state: Uint8Array | null;
  readonly nonFinite: NonFinite;
}

export interface StepResult {
  readonly parameters: readonly Vector[];
  readonly state: Uint8Array;
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
    optimizer: optimizerIdentity(request.optimizer),
    layout: layoutIdentity(request.parameters),
  };
  const fresh = transform.init(x);
  const { state, step } =
    request.state === null ? { state: fresh, step: 0 } : decodeState(request.state, identity, fresh);
  const { reports, norm: gradientNorm } = clipGradients(
    request.gradients.map(({ name }, t) => ({ name, data: g[t] as Vector })),
    request.clipping,
    request.nonFinite,
  );
  const clippedNorm = reports.some(({ clipped }) => clipped) ? normOf(g) : gradientNorm;
  const rate =
    request.schedule === null ? learningRate : schedules.build(request.schedule).rate(learningRate, step);
  const next = transform.update(g, state, x, { count: step + 1, learningRate: rate });
  for (let t = 0; t < x.length; t++) axpy(x[t] as Vector, 1, g[t] as Vector);
  return {
    parameters: x,
    state: encodeState({ ...identity, step: step + 1 }, next),
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

/** The learning rate may change between steps; what shapes the state may not. */
function optimizerIdentity(spec: Spec): string {
  const kind = optimizers.kindOf(spec);
  const options = spec[kind] as { amsgrad?: boolean; momentum?: number };
  const shaping = [
    options.amsgrad === true && 'amsgrad',
    options.momentum !== undefined && options.momentum !== 0 && 'momentum',
  ];
  return [kind, ...shaping.filter((s) => s !== false)].join('+');
}

const layoutIdentity = (tensors: readonly Tensor[]): string =>
  tensors.map(({ name, shape, dtype }) => `${name}:${dtype}[${shape.join(',')}]`).join(' ');
