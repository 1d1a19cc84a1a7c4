import { z } from 'zod';
import { definePlugin } from '../plugin.js';
import { real } from '../schema.js';
import { chain, type Shape, type State, type Transform } from '../transform.js';
import { addWeightDecay, type Direction, descend, gradient, negate } from './transforms.js';

export interface Optimizer {
  readonly transform: Transform;
  /** The learning rate before any schedule. */
  readonly learningRate: number;
  /** Floating-point operations and state numbers per parameter, for the cost estimate; a run makes room for the latter. */
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
export const beta = real({ min: 0, below: 1 });

/** Parameters that nearly every optimizer of torch.optim has. */
export const weightDecay = real({ min: 0 }).default(0);
export const maximize = z.boolean().default(false);
export const decoupledWeightDecay = z.boolean().default(false);

/**
 * What torch.optim puts around a rule: the sign of `maximize`, the weight decay λ x that joins the gradient or, when
 * decoupled, the direction, and -γ.
 */
export function descent(
  rule: readonly Transform[],
  around: {
    readonly maximize: boolean;
    readonly weightDecay: number;
    readonly decoupledWeightDecay?: boolean;
  },
): Transform {
  const sign = around.maximize ? [negate] : [];
  const decay = around.weightDecay === 0 ? [] : [addWeightDecay(around.weightDecay)];
  const decoupled = around.decoupledWeightDecay === true;
  const before = decoupled ? sign : [...sign, ...decay];
  const whole = chain(...before, ...rule, ...(decoupled ? decay : []), descend);
  const direction = rule.length === 0 ? gradient : rule.length === 1 ? (rule[0] as Transform) : null;
  return direction !== null && 'follow' in direction
    ? {
        ...whole,
        apply: applied(before, rule, (direction as Direction).follow, decoupled ? around.weightDecay : 0),
      }
    : whole;
}

// A chain of one, whose state is no list; and the shortest way for small runs: one function for all of them, where V8
// needs not ask for a closure and its variables.
const { follow: followGradient } = gradient;
const alongGradient: Required<Transform>['apply'] = (g, state, x, step, keep) =>
  followGradient(g, state, x, step, { rate: step.learningRate, decay: 0, keep });

/** The direction followed in one pass, once the transformations before it have had the gradient. */
function applied(
  before: readonly Transform[],
  rule: readonly Transform[],
  follow: Direction['follow'],
  decay: number,
): Required<Transform>['apply'] {
  const own = before.length;
  if (own + rule.length === 0 && decay === 0) return alongGradient;
  return (g, state, x, step, keep) => {
    const states = state as State[];
    for (let i = 0; i < own; i++) states[i] = (before[i] as Transform).update(g, states[i] as State, x, step);
    const next = follow(g, states[own] as State, x, step, {
      rate: step.learningRate,
      decay,
      keep,
    });
    if (rule.length > 0) states[own] = next;
    return state;
  };
}

export const defineOptimizer = definePlugin<Optimizer>();
