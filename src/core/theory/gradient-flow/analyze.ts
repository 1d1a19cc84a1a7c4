import type { ProductNorms } from '../../kernels/product-norms.js';
import type { CellName } from '../../network/recurrent/cell.js';
import { type Remedy, remediesFor } from './remedies.js';
import { type SequenceFlow, sequenceFlow } from './sequence-flow.js';
import { growthDegree, powerNorms, type Spectrum, spectrumOf } from './spectrum.js';
import { GATE_NAMES, isGated, type Sequence } from './system.js';
import { type Course, courseOf, type Findings, type Judgement, judge } from './verdict.js';

export interface FlowRequest {
  readonly cell: CellName;
  readonly n: number;
  /** gates · n x n */
  readonly wh: Float64Array;
  /** Null for the spectrum of W_h alone. */
  readonly sequence: Sequence | null;
  /** T, the greatest power of W_h. */
  readonly steps: number;
  readonly maxLag: number;
  readonly tolerance: number;
}

export interface FlowResult extends Judgement {
  readonly remedies: readonly Remedy[];
  readonly spectrum: (Spectrum & { readonly powers: ProductNorms; readonly course: Course }) | null;
  /** Of the gated cells. */
  readonly gates: readonly (Spectrum & { readonly gate: string })[];
  readonly sequence: SequenceFlow | null;
}

/** What W_h and a sequence make of gradients through time, with a verdict. */
export function analyzeGradientFlow(request: FlowRequest): FlowResult {
  const { cell, n, wh, sequence, steps, tolerance } = request;
  const gates = GATE_NAMES[cell].map((gate, i) => ({
    gate,
    ...spectrumOf(wh.slice(i * n * n, (i + 1) * n * n), n),
  }));
  const [only] = gates;
  const simple = isGated(cell) || only === undefined ? null : only;
  const powers = simple === null ? null : powerNorms(wh, n, steps);
  const flow = sequence === null ? null : sequenceFlow(request, sequence, powers, simple);
  const near = simple !== null && Math.abs(simple.spectralRadius - 1) <= tolerance;
  const findings: Findings = {
    cell,
    tolerance,
    matrix:
      simple === null || powers === null
        ? null
        : {
            ...simple,
            powers: courseOf(powers),
            degree: near ? growthDegree(wh, n, simple.spectralRadius) : 0,
          },
    jacobians: flow?.jacobians == null ? null : courseOf(flow.jacobians),
    overflow: flow?.overflow ?? null,
    lags: flow?.gradient?.lags ?? null,
    meanSlope: flow === null || flow.slopes.mean.length === 0 ? null : meanOf(flow.slopes.mean),
  };
  const judgement = judge(findings);
  return {
    ...judgement,
    remedies: remediesFor(judgement.verdict, findings),
    spectrum: simple === null || powers === null ? null : { ...simple, powers, course: courseOf(powers) },
    gates: isGated(cell) ? gates : [],
    sequence: flow,
  };
}

const meanOf = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;
