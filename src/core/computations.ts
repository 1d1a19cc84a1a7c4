import { clipGradients, type NonFinite } from './clip-gradients.js';
import type { Datasets } from './datasets.js';
import { type EvaluateRequest, type EvaluateResult, evaluate } from './evaluate.js';
import { gradientStep, type StepRequest, type StepResult } from './gradient-step.js';
import type { Report } from './kernels/clip.js';
import type { Vector } from './kernels/vector.js';
import type { PlanContext } from './objectives/objective.js';
import type { Spec } from './plugin.js';
import { numbersOf, type Tensor } from './tensor.js';

export interface ClipRequest {
  readonly gradients: readonly Tensor[];
  readonly clipping: Spec;
  readonly nonFinite: NonFinite;
}
export interface ClipResult {
  readonly gradients: readonly Vector[];
  readonly reports: Report[];
}

function clip({ gradients, clipping, nonFinite }: ClipRequest): ClipResult {
  const named = gradients.map((tensor) => ({ name: tensor.name, data: numbersOf(tensor) }));
  const { reports } = clipGradients(named, clipping, nonFinite);
  return { gradients: named.map(({ data }) => data), reports };
}

/** Everything that is computed once and answered once: name -> pure function, wherever it executes. */
export interface Computations {
  clip: { request: ClipRequest; result: ClipResult };
  gradientStep: { request: StepRequest; result: StepResult };
  evaluate: {
    request: EvaluateRequest & { readonly context: Omit<PlanContext, 'datasets'> };
    result: EvaluateResult;
  };
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
};

export const compute = <K extends ComputationName>(
  name: K,
  request: Computations[K]['request'],
  datasets: Datasets,
): Computations[K]['result'] => table[name](request, datasets);
