import { type ClippedGradient, clipRequested, type GradientRequest } from './clip-request.js';
import { clipping } from './clipping/index.js';
import type { Datasets } from './datasets.js';
import { type EvaluateRequest, type EvaluateResult, evaluate } from './evaluate.js';
import { gradientStep, type StepRequest, type StepResult } from './gradient-step.js';
import type { PlanContext } from './objectives/objective.js';
import {
  type CombineRequest,
  combineNorms,
  type NormRequest,
  type NormResult,
  norm,
} from './partial-norm.js';
import { type CertifyRequest, type CertifyResult, certify } from './smoothness/certify.js';
import { type EstimateRequest, type EstimateResult, estimate } from './smoothness/estimate.js';
import { type WitnessRequest, type WitnessResult, witness } from './smoothness/witness.js';
import { numbersOf, type Tensor } from './tensor.js';
import { analyzeGradientFlow, type FlowRequest, type FlowResult } from './theory/gradient-flow/analyze.js';

export interface ClipRequest extends GradientRequest {
  /** For the rules that look at them. */
  readonly parameters?: readonly Tensor[] | null;
}
export type ClipResult = Omit<ClippedGradient, 'norm'>;

function clip(request: ClipRequest): ClipResult {
  const { gradients, reports, clippingState, skip } = clipRequested(
    request,
    clipping.build(request.clipping),
    request.parameters?.map(numbersOf) ?? null,
  );
  const result: ClipResult = { gradients, reports };
  if (clippingState === undefined && skip === undefined) return result;
  return {
    ...result,
    ...(clippingState !== undefined && { clippingState }),
    ...(skip !== undefined && { skip }),
  };
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
  gradientFlow: { request: FlowRequest; result: FlowResult };
  certifySmoothness: { request: CertifyRequest; result: CertifyResult };
  witnessSmoothness: {
    request: WitnessRequest & { readonly context: Omit<PlanContext, 'datasets'> };
    result: WitnessResult;
  };
  estimateSmoothness: {
    request: EstimateRequest & { readonly context: Omit<PlanContext, 'datasets'> };
    result: EstimateResult;
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
  norm,
  combineNorms,
  gradientFlow: analyzeGradientFlow,
  certifySmoothness: certify,
  witnessSmoothness: ({ context, ...rest }, datasets) => witness(rest, { ...context, datasets }),
  estimateSmoothness: ({ context, ...rest }, datasets) => estimate(rest, { ...context, datasets }),
};

export const compute = <K extends ComputationName>(
  name: K,
  request: Computations[K]['request'],
  datasets: Datasets,
): Computations[K]['result'] => table[name](request, datasets);
