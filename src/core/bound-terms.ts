import { clipping } from './clipping/index.js';
import { invalidField } from './failure.js';
import { knownOf } from './known.js';
import { optimizers } from './optimizers/index.js';
import type { Spec } from './plugin.js';
import { schedules } from './schedules/index.js';
import { type BoundTerms, type Constants, unmetBy } from './theory/bound.js';
import type { SmoothnessForm } from './theory/clipped-descent.js';

/** What a request says about the smoothness and the minimum of its objective. */
export interface GivenConstants {
  readonly l0?: number | undefined;
  readonly l1?: number | undefined;
  readonly form: SmoothnessForm;
  readonly minimum?: number | undefined;
}

interface Descent {
  readonly objective: Spec;
  readonly clipping: Spec;
  readonly optimizer: Spec;
  readonly schedule: Spec | null;
  readonly thresholdSchedule: Spec | null;
}

/**
 * The terms of the convergence bound of a run, over n parameters; `given` before what is known of the objective. Refuses
 * where constants or a minimum are missing; what else the theorem asks for is in `unmet`.
 */
export function boundTerms(run: Descent, given: GivenConstants | null, n: number): BoundTerms {
  const threshold = thresholdOf(run.clipping);
  const rate = rateOf(run);
  const c = threshold ?? 1;
  const terms = {
    ...constantsFor(run.objective, given, c),
    minimum: minimumFor(run.objective, given, n),
    threshold: c,
    learningRate: rate ?? 0,
  };
  const unmet = [
    ...(threshold !== null
      ? []
      : [`${clipping.kindOf(run.clipping)}, as it is given, is not clipping by the Euclidean norm`]),
    ...(rate !== null ? [] : ['the steps are not those of gradient descent with one learning rate']),
    ...(run.thresholdSchedule === null ? [] : ['the threshold changes']),
  ];
  return { ...terms, unmet: [...unmet, ...(unmet.length === 0 ? unmetBy(terms) : [])] };
}

/** Constants with the least L0 + c L1 that are given or known. */
export function constantsFor(objective: Spec, given: GivenConstants | null, threshold: number): Constants {
  if (given?.l0 !== undefined && given.l1 !== undefined)
    return { l0: given.l0, l1: given.l1, form: given.form, origin: 'GIVEN' };
  const { kind, best, none, origin } = knownOf(objective);
  if (best === null)
    throw invalidField(
      'constants',
      none === null
        ? `needs l0 and l1: no closed form is known for ${kind}`
        : `needs l0 and l1, which hold on a part of the space at most: ${kind} ${none}`,
    );
  // Without clipping and L-smoothness θ is infinite, which is a condition that does not hold.
  const pair = best(threshold) ?? { l0: Infinity, l1: 0 };
  return { ...pair, form: 'HESSIAN', origin };
}

export function minimumFor(objective: Spec, given: GivenConstants | null, n: number): number {
  const minimum = given?.minimum ?? knownOf(objective).minimum(n);
  if (minimum === null)
    throw invalidField('constants.minimum', 'is required: no lower bound of this objective is known');
  if (minimum === -Infinity)
    throw invalidField('constants.minimum', 'is required: this objective is unbounded below');
  return minimum;
}

/** c of a rule that is min(1, c/‖g‖) g to the last bit, Infinity for none, null for another rule. */
export function thresholdOf(rule: Spec): number | null {
  const kind = clipping.kindOf(rule);
  if (kind === 'none') return Infinity;
  const {
    threshold,
    norm = 2,
    epsilon = 0,
  } = rule[kind] as {
    threshold?: number;
    norm?: number;
    epsilon?: number;
  };
  const plain = ['globalNorm', 'lecture', 'optax'].includes(kind) && norm === 2 && epsilon === 0;
  return plain ? (threshold as number) : null;
}

/** γ of steps -γ g, null for others. */
function rateOf({ optimizer, schedule }: Descent): number | null {
  if (optimizers.kindOf(optimizer) !== 'sgd') return null;
  const { learningRate, momentum, weightDecay, maximize } = optimizer['sgd'] as {
    learningRate: number;
    momentum: number;
    weightDecay: number;
    maximize: boolean;
  };
  if (momentum !== 0 || weightDecay !== 0 || maximize) return null;
  if (schedule === null) return learningRate;
  return schedules.kindOf(schedule) === 'lawful'
    ? schedules.build(schedule).rate(learningRate, 0, Number.NaN, [])
    : null;
}
