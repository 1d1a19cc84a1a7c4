import type { Labels } from '../../network/graph.js';

/** Parallel streams of tokens: token i of stream b is tokens[b · streamStride + i · stepStride]. */
export interface Streams {
  readonly tokens: ArrayLike<number>;
  readonly count: number;
  /** Tokens of a stream that have a next one. */
  readonly steps: number;
  readonly streamStride: number;
  readonly stepStride: number;
}

/** Cuts one text into `count` pieces of the same length that are read side by side; up to `count` tokens at the end are left over. */
export function streamsOfText(tokens: ArrayLike<number>, count: number): Streams {
  const steps = Math.max(0, Math.floor((tokens.length - 1) / count));
  return { tokens, count, steps, streamStride: steps, stepStride: 1 };
}

/** Streams that are given as the columns of an array of (steps + 1) x count tokens. */
export const streamsOfColumns = (tokens: ArrayLike<number>, steps: number, count: number): Streams => ({
  tokens,
  count,
  steps,
  streamStride: 1,
  stepStride: count,
});

/** Tokens of `steps` steps from `first` and what follows each of them, steps x streams. Overwrites both. */
export function writeWindow(
  streams: Streams,
  first: number,
  steps: number,
  inputs: Labels,
  next: Labels,
): void {
  const { tokens, count, streamStride, stepStride } = streams;
  for (let t = 0; t < steps; t++)
    for (let b = 0; b < count; b++) {
      const at = b * streamStride + (first + t) * stepStride;
      inputs.value[t * count + b] = tokens[at] as number;
      next.value[t * count + b] = tokens[at + stepStride] as number;
    }
}
