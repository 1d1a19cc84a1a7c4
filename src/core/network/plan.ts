import type { Objective, ObjectivePlan } from '../objectives/objective.js';
import type { Network, NetworkPlan } from './graph.js';

/** What brings data into a network in memory, and judges it. */
export interface Feeder {
  /** Writes the inputs of iteration k; absent where they are the same at every iteration, and then written already. */
  select?(iteration: number): void;
  /** Held-out metrics; writes inputs of its own, and leaves those of the iteration behind. */
  evaluate?(out: Float64Array): void;
}

/** Trains a network: `feed` is called once it has memory. `bytes` is what the feeder itself allocates. */
export function planTraining(
  plan: NetworkPlan,
  feeder: {
    readonly bytes: number;
    readonly evaluationColumns: readonly string[];
    /** Passes forward that `evaluate` makes. */
    readonly heldOutPasses: number;
    feed(network: Network): Feeder;
  },
): ObjectivePlan {
  return {
    layout: plan.layout,
    flopsPerEvaluation: plan.flops,
    // A pass forward is a third of both.
    flopsPerHeldOut: (plan.flops / 3) * feeder.heldOutPasses,
    bytes: plan.bytes + feeder.bytes,
    evaluationColumns: feeder.evaluationColumns,
    create(room = 0): Objective {
      const network = plan.allocate(room);
      const { select, evaluate } = feeder.feed(network);
      return {
        x: network.x,
        gradient: network.gradient,
        valueAndGradient: network.valueAndGradient,
        hessianVectorProduct: network.hessianVectorProduct,
        ...(select !== undefined && { select }),
        ...(evaluate !== undefined && { evaluate }),
      };
    },
  };
}
