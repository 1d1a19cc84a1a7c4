import { z } from 'zod';
import { adaptiveLength, adaptiveRate } from '../theory/adaptive-step.js';
import type { Pair } from '../theory/frontier.js';
import type { Transform } from '../transform.js';
import { backtracking } from './backtracking.js';
import { descendBy, lengthOf } from './lengths.js';
import { defineOptimizer, type Optimizer } from './optimizer.js';

/** The first trial of a line search that nobody has told a scale, and what its last one is then: 7e-10. */
const FIRST_TRIAL = 1000;
const MAX_TRIALS = 40;

/** Without constants: trials from a long step down, an Armijo constant that asks for a good part of the decrease. */
const searching = (): Optimizer =>
  backtracking.build({ learningRate: FIRST_TRIAL, shrink: 0.5, grow: 2, c: 0.1, maxTrials: MAX_TRIALS });

/**
 * The longest lawful step for the norm of each gradient: of all pairs (L0, L1) of the frontier the one with the least
 * L0 + L1 ‖g‖, and its ln(1 + L1‖g‖/(L0 + L1‖g‖))/(L1‖g‖). The descent lemma is about one step, so each may have its
 * own pair.
 */
export const alongFrontier = (pairs: readonly Pair[]): Optimizer => ({
  transform: frontierSteps(pairs),
  learningRate: 1,
  flopsPerParameter: 3,
  statePerParameter: 0,
});

function frontierSteps(pairs: readonly Pair[]): Transform {
  const l0s = Float64Array.from(pairs, ({ l0 }) => l0);
  const l1s = Float64Array.from(pairs, ({ l1 }) => l1);
  return {
    init: () => [],
    update(g, state, _x, step) {
      const norm = lengthOf(g);
      let best = 0;
      let least = Infinity;
      for (let i = 0; i < l0s.length; i++) {
        const cost = l0s[i] + norm * l1s[i];
        if (cost < least) {
          least = cost;
          best = i;
        }
      }
      const l0 = l0s[best] as number;
      const l1 = l1s[best] as number;
      const factor = step.learningRate;
      step.learningRate = factor * adaptiveRate(norm, l0, l1, 'HESSIAN_OPTIMAL');
      descendBy(g, norm, step.learningRate, factor * adaptiveLength(norm, l0, l1, 'HESSIAN_OPTIMAL'));
      return state;
    },
  };
}

export const auto = defineOptimizer({
  kind: 'auto',
  summary:
    'Gradient descent that chooses its steps from what is known of the objective, else by line search; the result says which and why.',
  formula:
    'γ = ln 2/(L0 + c L1) under clipping at c, the longest lawful step of any (L0, L1) without; where no constants are known, backtracking',
  latex: String.raw`\gamma = \frac{\ln 2}{\min_{L_1} \left(L_0(L_1) + c L_1\right)}`,
  source: 'Zhang et al. 2020 (arXiv:1905.11881), Vankov et al. 2024 (arXiv:2410.10800), Armijo 1966',
  params: z.strictObject({}),
  example: {},
  build: searching,
});
