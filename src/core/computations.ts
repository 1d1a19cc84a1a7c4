import { clipGradients, type NonFinite, type Whole } from './clip-gradients.js';
import { clipping } from './clipping/index.js';
import { ruleMemory } from './clipping/memory.js';
import type { Datasets } from './datasets.js';
import { type EvaluateRequest, type EvaluateResult, evaluate } from './evaluate.js';
import { gradientStep, type StepRequest, type StepResult } from './gradient-step.js';
import type { Report } from './kernels/clip.js';
import type { Vector } from './kernels/vector.js';
import type { PlanContext } from './objectives/objective.js';
import {
  type CombineRequest,
  combineNorms,
  type NormRequest,
  type NormResult,
  norm,
} from './partial-norm.js';
import type { Spec } from './plugin.js';
import { numbersOf, type Tensor } from './tensor.js';

export interface ClipRequest {
  readonly gradients: readonly Tensor[];
  readonly clipping: Spec;
  readonly nonFinite: NonFinite;
  /** For the rules that look at them. */
  readonly parameters?: readonly Tensor[] | null;
  /** What the clip before returned; nothing before the first. */
  readonly clippingState?: Uint8Array | null;
  /** Where these are some tensors of a gradient. */
  readonly whole?: Whole | null;
}
export interface ClipResult {
  readonly gradients: readonly Vector[];
  readonly reports: Report[];
  /** Only of rules that remember something. */
  readonly clippingState?: Uint8Array;
}

function clip({
  gradients,
  parameters,
  nonFinite,
  clipping: spec,
  clippingState,
  whole,
}: ClipRequest): ClipResult {
  const rule = clipping.build(spec);
  const memory = ruleMemory(rule, spec, gradients);
  const data = gradients.map(numbersOf);
  const { reports, state } = clipGradients(
    gradients.map(({ name, shape }, t) => ({ name, shape, data: data[t] as Vector })),
    rule,
    nonFinite,
    {
      parameters: parameters?.map(numbersOf) ?? null,
      state: memory.read(clippingState ?? null),
      whole: whole ?? null,
    },
  );
  return { gradients: data, reports, ...memory.written(state) };
}

/** Everything that is computed once and answered once: name -> pure function, wherever it executes. */
export interface Computations {
  clip: { request: ClipRequest; result: ClipResult };
  gradientStep: { request: StepRequest; result: StepResult };
  evaluate: {
    request: EvaluateRequest & { readonly context: Omit<PlanContext, 'datasets'> };
    result: EvaluateResult;
  };
  norm: { request: NormRequest; result: NormResult };
  combineNorms: { request: CombineRequest; result: NormResult };
}
export type ComputationName = keyof Computations;

const table: {
  [K in ComputationName]: (
    request: Computations[K]['request'],
    datasets: Datasets,
  ) => Computations[K]['result'];
} = {
  clip,
  gradientStep,
  evaluate: ({ context, ...rest }, datasets) => evaluate(rest, { ...context, datasets }),
  norm,
  combineNorms,
};

export const compute = <K extends ComputationName>(
  name: K,
  request: Computations[K]['request'],
  datasets: Datasets,
): Computations[K]['result'] => table[name](request, datasets);
