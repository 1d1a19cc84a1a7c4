import type { Report } from '../kernels/clip.js';
import type { Vector } from '../kernels/vector.js';
import { definePlugin } from '../plugin.js';

export interface Rule {
  /** Names of the groups that the rule treats as one, given the tensors' names; one report each. */
  groups(names: readonly string[]): readonly string[];
  /**
   * Clips `tensors` in place and overwrites `reports`. `squares` holds Σ x² of each tensor, which the caller
   * has computed to look for non-finite components and the rule may overwrite; `norm` is ‖g‖₂ of all together.
   */
  clip(tensors: readonly Vector[], squares: Float64Array, norm: number, reports: readonly Report[]): void;
  /** True when the one report is about the Euclidean norm of the whole gradient. */
  readonly euclidean: boolean;
}

export const wholeGradient = (): readonly string[] => [''];
export const defineRule = definePlugin<Rule>();
