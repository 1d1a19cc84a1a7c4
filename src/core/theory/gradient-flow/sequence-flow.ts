import { length } from '../../kernels/norm.js';
import type { ProductNorms } from '../../kernels/product-norms.js';
import { nextNonFinite } from '../../kernels/vector.js';
import type { CellName } from '../../network/recurrent/cell.js';
import { gradientBound, vectorNorms } from './bound.js';
import { jacobianNorms } from './jacobians.js';
import { eachLag } from './lags.js';
import { operatorNorm, type Spectrum } from './spectrum.js';
import type { Sequence } from './system.js';
import { backward, type Gradients, type Unrolled, unroll } from './unrolled.js';

export interface SequenceFlow {
  /** The step whose states overflow; then nothing of the gradient is known. */
  readonly overflow: number | null;
  /** Null for the linear cell, where they are the powers. */
  readonly jacobians: ProductNorms | null;
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

/** ‖x‖₂, Infinity where x has components that are not finite. */
const normOf = (x: Float64Array): number => (nextNonFinite(x) === -1 ? length(x) : Infinity);

/** Forward, back, and back once more for each lag; powers and spectrum are those of a simple cell, for its bounds. */
export function sequenceFlow(
  { cell, n, maxLag }: { readonly cell: CellName; readonly n: number; readonly maxLag: number },
  sequence: Sequence,
  powers: ProductNorms | null,
  spectrum: Spectrum | null,
): SequenceFlow {
  const unrolled = unroll(cell, n, sequence);
  const { overflow, value } = unrolled;
  const jacobians = cell === 'linear' ? null : jacobianNorms(unrolled);
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
