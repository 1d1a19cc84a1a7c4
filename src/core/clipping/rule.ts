import type { Report } from '../kernels/clip.js';
import type { Vector } from '../kernels/vector.js';
import { definePlugin } from '../plugin.js';
import type { State } from '../transform.js';

/** What a rule may look at beside the gradient. */
export interface RuleContext {
  readonly names: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** The parameter tensors; null where the request has none. */
  readonly parameters: readonly Vector[] | null;
  /** What the rule remembers, first from its `init`; the rule overwrites or replaces it. */
  state: State;
}

/** A threshold that a schedule may drive: the rule reads it at every clip. */
export interface Threshold {
  value: number;
}

export interface Rule {
  /** Names of the groups that the rule treats as one, given the tensors' names; one report each. */
  groups(names: readonly string[]): readonly string[];
  /**
   * Clips `tensors` in place and overwrites `reports`. `squares` holds Σ x² of each tensor, which the caller
   * has computed to look for non-finite components and the rule may overwrite; `norm` is ‖g‖₂ of all together.
   */
  clip(
    tensors: readonly Vector[],
    squares: Float64Array,
    norm: number,
    reports: readonly Report[],
    context: RuleContext,
  ): void;
  /** True when the one report is about the Euclidean norm of the whole gradient. */
  readonly euclidean: boolean;
  /** What it remembers before the first gradient; absent for a rule that remembers nothing. */
  readonly init?: (tensors: readonly Vector[]) => State;
  /** How many doubles of that there are for each parameter; 0 when absent. */
  readonly statePerParameter?: number;
  /** Its threshold, where it has one. */
  readonly threshold?: Threshold;
  /**
   * What it cannot work without. `examples`: axis 0 of every tensor counts examples, and what comes out lacks it,
   * in the place of the first example.
   */
  readonly needs?: 'parameters' | 'examples';
  /** Work per component, where it is more than the norm and the scaling: 3. */
  readonly flopsPerComponent?: number;
}

/** The shape of what a rule makes of a gradient. */
export const clippedShape = ({ needs }: Pick<Rule, 'needs'>, shape: readonly number[]): readonly number[] =>
  needs === 'examples' ? shape.slice(1) : shape;

export const wholeGradient = (): readonly string[] => [''];
export const defineRule = definePlugin<Rule>();
