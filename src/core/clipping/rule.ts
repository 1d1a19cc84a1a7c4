import type { Report } from '../kernels/clip.js';
import type { ScaledNorm } from '../kernels/norm.js';
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
  /** Norm of order `scalesBy` of the whole gradient where only some of its tensors are here, else null or absent. */
  readonly whole?: ScaledNorm | null;
}

/** A threshold that a schedule may drive: the rule reads it at every clip. First NaN, so that V8 keeps it as a double. */
export class Threshold {
  value = Number.NaN;

  constructor(value: number) {
    this.value = value;
  }
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
  readonly init?: (tensors: readonly Vector[], names: readonly string[]) => State;
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
  /** The tensors that each report is about; absent for all of them, or for one each if `groups` gives their names. */
  readonly members?: (names: readonly string[]) => readonly (readonly number[])[];
  /** What does not go with tensors of these names; the path starts at the rule's parameters. */
  readonly misfit?: (names: readonly string[]) => { readonly path: string; readonly message: string } | null;
  /**
   * The order p of the norm of the whole gradient, where that is all that it takes from other tensors: then it can clip
   * some of them alone. For p = 2 the `norm` that `clip` gets is that of the whole; `whole` of the context has the rest.
   */
  readonly scalesBy?: number;
  /** How many rules it is made of; 1 when absent. */
  readonly rules?: number;
}

/** The tensors that each report of the rule is about. */
export function membersOf(rule: Rule, names: readonly string[]): readonly (readonly number[])[] {
  if (rule.members !== undefined) return rule.members(names);
  const groups = rule.groups(names);
  const all = names.map((_name, t) => t);
  return groups.map((group, i) => (groups.length === names.length && group !== '' ? [i] : all));
}

/** The shape of what a rule makes of a gradient. */
export const clippedShape = ({ needs }: Pick<Rule, 'needs'>, shape: readonly number[]): readonly number[] =>
  needs === 'examples' ? shape.slice(1) : shape;

export const wholeGradient = (): readonly string[] => [''];
export const defineRule = definePlugin<Rule>();
