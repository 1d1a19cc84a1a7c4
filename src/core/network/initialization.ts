import { z } from 'zod';
import { normals, STREAM_START, type Stream, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';

export const initialization = z
  .enum(['xavier', 'he', 'normal', 'zero'])
  .describe(
    'normal numbers of variance 2/(inputs + outputs) (Glorot and Bengio 2010), 2/inputs (He et al. 2015), 0.01², or none',
  );
export type Initialization = z.output<typeof initialization>;

const VARIANCE: Readonly<Record<Initialization, (inputs: number, outputs: number) => number>> = {
  xavier: (inputs, outputs) => 2 / (inputs + outputs),
  he: (inputs) => 2 / inputs,
  normal: () => 1e-4,
  zero: () => 0,
};

/** Starts weights from the stream of the run's start; `tensor` numbers them, so that none depends on another. */
export const startWeights =
  (kind: Initialization, seed: number, tensor: number, inputs: number, outputs: number) =>
  (values: Vector): void => {
    const deviation = Math.sqrt(VARIANCE[kind](inputs, outputs));
    const next = normals(words(seed, STREAM_START satisfies Stream, tensor));
    for (let i = 0; i < values.length; i++) values[i] = deviation * next();
  };

export const startZero = (): void => {};
