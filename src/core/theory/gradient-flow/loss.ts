import { math } from '../../kernels/wasm.js';
import { SQUARED_ERRORS, type SquaredError } from '../../network/losses.js';

export type Loss = 'crossEntropy' | SquaredError;
export const LOSSES = ['crossEntropy', ...(Object.keys(SQUARED_ERRORS) as SquaredError[])] as const;

/**
 * The loss of one example at one step, its share of the mean over all `examples`; overwrites the outputs with the
 * derivative by them. `at` is where the target begins in y.
 */
export function outputLoss(
  loss: Loss,
  outputs: Float64Array,
  y: Float64Array,
  at: number,
  examples: number,
): number {
  const m = outputs.length;
  if (loss === 'crossEntropy') {
    let max = -Infinity;
    for (let j = 0; j < m; j++) max = Math.max(max, outputs[j] as number);
    const label = y[at] as number;
    const margin = max - (outputs[label] as number);
    let sum = 0;
    for (let j = 0; j < m; j++) {
      outputs[j] = math.exp((outputs[j] as number) - max);
      sum += outputs[j] as number;
    }
    for (let j = 0; j < m; j++) outputs[j] = (outputs[j] as number) / sum / examples;
    outputs[label] -= 1 / examples;
    return (math.log(sum) + margin) / examples;
  }
  const factor = SQUARED_ERRORS[loss](examples, examples * m);
  let squares = 0;
  for (let j = 0; j < m; j++) {
    const rest = (outputs[j] as number) - (y[at + j] as number);
    squares += rest * rest;
    outputs[j] = 2 * factor * rest;
  }
  return factor * squares;
}
