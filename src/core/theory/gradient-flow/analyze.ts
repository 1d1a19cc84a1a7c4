import { length } from '../../kernels/norm.js';
import type { ProductNorms } from '../../kernels/product-norms.js';
import { nextNonFinite } from '../../kernels/vector.js';
import { boundFlops, gradientBound, vectorNorms } from './bound.js';
import { cellOf } from './cells.js';
import { jacobianFlops, jacobianNorms } from './jacobians.js';
import { eachLag } from './lags.js';
import { type Remedy, remediesFor } from './remedies.js';
import {
  growthDegree,
  operatorNorm,
  powerNorms,
  powersFlops,
  type Spectrum,
  spectrumFlops,
  spectrumOf,
} from './spectrum.js';
import { type CellName, GATES, isGated, type Sequence } from './system.js';
import { backward, type Gradients, type Unrolled, unroll, unrolledNumbers } from './unrolled.js';
import { type Course, type Findings, type Judgement, judge } from './verdict.js';

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

export interface SequenceFlow {
  /** The step whose states overflow; then nothing of the gradient is known. */
  readonly overflow: number | null;
  readonly jacobians: ProductNorms;
  readonly slopes: Slopes;
  readonly gradient: GradientFlow | null;
}

export interface GradientFlow {
  readonly value: number;
  /** By W_x, W_h, ..., with the bound that theory has for it. */
  readonly norms: readonly {
    readonly name: keyof Gradients;
    readonly norm: number;
    readonly bound: number | null;
  }[];
  readonly states: Float64Array;
  readonly lags: Float64Array;
}

/** Least, mean and greatest of a step, over units and examples. */
export interface Slopes {
  readonly least: Float64Array;
  readonly mean: Float64Array;
  readonly greatest: Float64Array;
}

/** Operations and bytes of an analysis. */
export function flowCost(
  request: Omit<FlowRequest, 'wh' | 'sequence'> & {
    readonly shape: Pick<Sequence, 'steps' | 'rows' | 'inputs' | 'outputs'> | null;
  },
): { floatingPointOperations: number; bytes: number } {
  const { cell, n, steps, maxLag, shape } = request;
  const gates = GATES[cell].length;
  let flops = gates * spectrumFlops(n) + (isGated(cell) ? 0 : powersFlops(n, steps));
  let numbers = 12 * n * n + 4 * steps;
  if (shape !== null) {
    const { rows, inputs, outputs } = shape;
    const size = cellOf[cell](n).states * n;
    const lags = (maxLag + 1) * (steps - maxLag / 2);
    const pass = 6 * gates * n * (n + inputs) + 6 * n * outputs + 200 * gates * n;
    flops += rows * (steps * pass + lags * (4 * gates * n * n + 20 * gates * n));
    flops += boundFlops(steps, rows) + spectrumFlops(Math.max(n, outputs));
    if (cell !== 'linear') flops += steps * jacobianFlops(size);
    numbers +=
      unrolledNumbers(cell, n, shape) +
      rows * steps * size +
      2 * gates * n * (n + inputs) +
      (cell === 'linear' ? 0 : 8 * size * size) +
      8 * steps * rows +
      4 * Math.max(n, outputs) * Math.max(n, outputs);
  }
  return { floatingPointOperations: Math.ceil(flops), bytes: 8 * numbers };
}

/** ‖x‖₂, Infinity where x has components that are not finite. */
const normOf = (x: Float64Array): number => (nextNonFinite(x) === -1 ? length(x) : Infinity);

/** What W_h and a sequence make of gradients through time, with a verdict. */
export function analyzeGradientFlow(request: FlowRequest): FlowResult {
  const { cell, n, wh, sequence, steps, tolerance } = request;
  const gates = GATES[cell].map((gate, i) => ({
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
    jacobians: flow === null ? null : courseOf(flow.jacobians),
    overflow: flow?.overflow ?? null,
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

function courseOf({ norms, logarithms }: ProductNorms): Course {
  let at = 0;
  for (let k = 1; k < norms.length; k++) if ((logarithms[k] as number) > (logarithms[at] as number)) at = k;
  const last = norms.length - 1;
  return {
    steps: last,
    peak: norms[at] as number,
    peakStep: at,
    peakLogarithm: logarithms[at] as number,
    last: norms[last] as number,
    lastLogarithm: logarithms[last] as number,
  };
}

const meanOf = (x: Float64Array): number => x.reduce((sum, v) => sum + v, 0) / x.length;

function sequenceFlow(
  { cell, n, maxLag }: FlowRequest,
  sequence: Sequence,
  powers: ProductNorms | null,
  spectrum: Spectrum | null,
): SequenceFlow {
  const unrolled = unroll(cell, n, sequence);
  const { overflow, value } = unrolled;
  const jacobians = cell === 'linear' && powers !== null ? upTo(powers, overflow) : jacobianNorms(unrolled);
  const slopes = slopesOf(unrolled);
  if (overflow !== null) return { overflow, jacobians, slopes, gradient: null };
  const gradients = backward(unrolled, normOf);
  const lags = new Float64Array(maxLag + 1);
  eachLag(unrolled, maxLag, (lag, contribution) => {
    lags[lag] = normOf(contribution);
  });
  const bounds: Readonly<Partial<Record<keyof Gradients, number>>> =
    spectrum === null ? {} : boundsOf(cell, unrolled, powers as ProductNorms, spectrum);
  const norms = (['wx', 'wh', 'wo', 'bx', 'bh', 'bo', 'h0', 'c0'] as const)
    .filter((name) => gradients[name].length > 0)
    .map((name) => ({ name, norm: normOf(gradients[name]), bound: bounds[name] ?? null }));
  return { overflow, jacobians, slopes, gradient: { value, norms, states: gradients.states, lags } };
}

/** Without the steps from the one that overflows. */
const upTo = (powers: ProductNorms, overflow: number | null): ProductNorms =>
  overflow === null
    ? powers
    : { norms: powers.norms.slice(0, overflow), logarithms: powers.logarithms.slice(0, overflow) };

/** Of a linear cell ‖W_h^k‖, of one with slopes up to 1 only σ_max^k, bounds the product of k Jacobians. */
function boundsOf(
  name: CellName,
  { sequence, n, states, outputGradients }: Unrolled,
  powers: ProductNorms,
  { greatestSingularValue: sigma }: Spectrum,
): { wx: number; wh: number } {
  const { rows, steps, inputs, outputs, x, weights } = sequence;
  const products = new Float64Array(steps).fill(1);
  for (let k = 1; k < steps; k++) products[k] = (products[k - 1] as number) * sigma;
  const power = (lag: number): number => (name === 'linear' ? powers.norms : products)[lag] as number;
  const outputNorm = operatorNorm(weights.wo, outputs, n);
  const g = vectorNorms(outputGradients, sequence, outputs, outputs, normOf);
  const bound = (v: Float64Array): number => gradientBound(power, outputNorm, g, v, { steps, rows });
  return {
    wx: bound(vectorNorms(x, sequence, inputs, inputs, normOf)),
    wh: bound(vectorNorms(states, sequence, n, n, normOf)),
  };
}

function slopesOf({ sequence, n, cell, kept, overflow }: Unrolled): Slopes {
  const { rows } = sequence;
  const steps = (overflow ?? sequence.steps + 1) - 1;
  const least = new Float64Array(steps);
  const mean = new Float64Array(steps);
  const greatest = new Float64Array(steps);
  for (let t = 0; t < steps; t++) {
    let min = Infinity;
    let max = -Infinity;
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      kept.at = (t * rows + r) * cell.kept * n;
      for (let j = 0; j < n; j++) {
        const slope = cell.slope(kept, j);
        min = Math.min(min, slope);
        max = Math.max(max, slope);
        sum += slope;
      }
    }
    least[t] = min;
    greatest[t] = max;
    mean[t] = sum / (rows * n);
  }
  return { least, mean, greatest };
}
