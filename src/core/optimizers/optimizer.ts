import { definePlugin } from '../plugin.js';
import { real } from '../schema.js';
import type { Shape, Transform } from '../transform.js';

export interface Optimizer {
  readonly transform: Transform;
  /** The learning rate before any schedule. */
  readonly learningRate: number;
  /** Floating-point operations and state numbers per parameter, for the cost estimate. */
  readonly flopsPerParameter: number;
  readonly statePerParameter: number;
  /** Operations beyond, where they depend on the shapes. */
  readonly flopsOfShapes?: (shapes: readonly Shape[]) => number;
  /** What it takes beside the gradient: f(x), or evaluations of the objective elsewhere, which only a run has. */
  readonly needs?: 'value' | 'evaluations';
  /** Evaluations that one update may add, for the cost estimate. */
  readonly evaluationsPerStep?: number;
}

export const learningRate = real({ min: 0 });
export const defineOptimizer = definePlugin<Optimizer>();
