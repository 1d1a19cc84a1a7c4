import { descend } from '../descend.js';
import { GO } from '../iterate.js';
import type { Vector } from '../kernels/vector.js';
import type { Objective, PlanContext } from '../objectives/objective.js';
import { buildProblem, type RunSpec } from '../problem.js';

export interface Path {
  /** The points from which the run made steps, and the one that the last led to. */
  readonly points: readonly Vector[];
  readonly reason: string;
  readonly detail: string;
}

/** The iterates of a run. The loop asks whether to stop once at each of them, which is where they are taken down. */
export function pathOf(spec: RunSpec, context: PlanContext): Path {
  const problem = buildProblem(spec, context);
  const points: Vector[] = [];
  let objective: Objective | null = null;
  const plan = {
    ...problem.plan,
    create(room?: number) {
      objective = problem.plan.create(room);
      return objective;
    },
  };
  const run = descend({ ...problem, plan }, () => {
    points.push((objective as unknown as Objective).x.slice() as Vector);
    return GO;
  });
  for (;;) {
    const step = run.next();
    if (step.done) return { points, reason: step.value.reason, detail: step.value.detail };
  }
}
