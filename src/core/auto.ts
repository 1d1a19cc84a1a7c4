import { thresholdOf } from './bound-terms.js';
import { clipping } from './clipping/index.js';
import { knownOf } from './known.js';
import { alongFrontier } from './optimizers/auto.js';
import { optimizers } from './optimizers/index.js';
import type { Optimizer } from './optimizers/optimizer.js';
import type { Spec } from './plugin.js';
import type { Origin } from './theory/bound.js';
import { BEST_THETA, lawfulLearningRate, type SmoothnessForm } from './theory/clipped-descent.js';
import { frontierPairs } from './theory/frontier.js';

/** What `auto` does in a run, and why. */
export interface Choice {
  /** CLIPPED_DESCENT with one learning rate, ADAPTIVE_STEP with one for each gradient, or LINE_SEARCH. */
  readonly method: 'CLIPPED_DESCENT' | 'ADAPTIVE_STEP' | 'LINE_SEARCH';
  readonly why: string;
  /** Where one learning rate serves the whole run, with the constants that allow it. */
  readonly learningRate?: number;
  readonly l0?: number;
  readonly l1?: number;
  readonly form?: SmoothnessForm;
  readonly origin?: Origin;
}

interface Asked {
  readonly objective: Spec;
  readonly clipping: Spec;
  readonly optimizer: Spec;
}

const isAuto = (optimizer: Spec): boolean => optimizers.kindOf(optimizer) === 'auto';

/** The choice over n parameters; null where the request names an optimizer. */
export function choose(asked: Asked, n: number): Choice | null {
  if (!isAuto(asked.optimizer)) return null;
  const { kind, l0, best, none, origin, minimum } = knownOf(asked.objective);
  const threshold = thresholdOf(asked.clipping);
  const warning =
    minimum(n) === -Infinity ? '; the objective is unbounded below, so there is no minimum to reach' : '';
  const { batchSize } = asked.objective[kind] as { batchSize?: number };
  const blind =
    batchSize === undefined
      ? ''
      : '; each step is judged on the mini-batch of its iteration, so it need not serve the others';
  const search = (why: string): Choice => ({ method: 'LINE_SEARCH', why: why + blind + warning });
  if (none !== null) return search(`${kind} is not (L0, L1)-smooth: ${none}`);
  if (best === null || (l0 === null && threshold === Infinity))
    return search(`no constants (L0, L1) of ${kind} are known`);
  if (threshold === null)
    return search(`no learning rate is known to be lawful under ${clipping.kindOf(asked.clipping)}`);
  if (threshold === Infinity)
    return {
      method: 'ADAPTIVE_STEP',
      why: `L0 is known for every L1: each gradient gets the longest step that a pair allows${warning}`,
      form: 'HESSIAN',
      origin,
    };
  const pair = best(threshold);
  if (pair === null || !(threshold > 0)) return search('no finite L0 + c L1 for this threshold');
  return {
    method: 'CLIPPED_DESCENT',
    why: `ln 2/(L0 + c L1) with the constants that make it greatest for c = ${threshold}${warning}`,
    learningRate: lawfulLearningRate(BEST_THETA.HESSIAN, pair.l0, pair.l1, threshold),
    ...pair,
    form: 'HESSIAN',
    origin,
  };
}

/**
 * The request's optimizer; for `auto` what it chooses, which takes milliseconds for a polynomial and nothing but whose
 * warning depends on the number of parameters.
 */
export function optimizerOf(asked: Asked, choice: Choice | null = choose(asked, 1)): Optimizer {
  const { l0 } = choice?.method === 'ADAPTIVE_STEP' ? knownOf(asked.objective) : { l0: null };
  return l0 === null ? optimizers.build(standIn(asked, choice)) : alongFrontier(frontierPairs(l0));
}

/** `auto` as the optimizer that it chose, where that has a name of its own. */
export function standIn(asked: Asked, choice: Choice | null): Spec {
  return choice?.method === 'CLIPPED_DESCENT'
    ? optimizers.spec.parse({ sgd: { learningRate: choice.learningRate } })
    : asked.optimizer;
}
