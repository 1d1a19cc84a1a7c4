import { norm2 } from '../kernels/norm.js';
import { STREAM_NOISE, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { views } from '../layout.js';
import { evaluateHere, type Objective, type ObjectivePlan } from '../objectives/objective.js';
import type { Noise } from './index.js';

/** Operations of a draw: a logarithm or a power, and a cosine. */
const DRAW = 60;
const EXACT_NORM = 'exactGradientNorm';

/**
 * The objective with noise on its gradient: iteration k adds the mean of `samples` draws, which follow from seed and k
 * alone, whatever x. The value is exact, and so are Hessian-vector products; the held-out column `exactGradientNorm`
 * has the norm before the noise came.
 */
export function noisyPlan(plan: ObjectivePlan, noise: Noise, seed: number): ObjectivePlan {
  const { layout } = plan;
  const n = layout.size;
  const width = layout.dtype === 'float32' ? 4 : 8;
  return {
    ...plan,
    flopsPerEvaluation: plan.flopsPerEvaluation + n * (3 + noise.samples * DRAW),
    bytes: plan.bytes + width * n,
    evaluationColumns: [...plan.evaluationColumns, EXACT_NORM],
    create: (room) => withNoise(plan.create(room), plan, noise, seed),
  };
}

function withNoise(objective: Objective, plan: ObjectivePlan, noise: Noise, seed: number): Objective {
  const { gradient } = objective;
  const gs = views(plan.layout, gradient);
  const squares = new Float64Array(gs.length);
  const added: Vector = gradient.slice();
  const columns = plan.evaluationColumns.length;
  let exact = Number.NaN;

  const select = (iteration: number): void => {
    objective.select?.(iteration);
    const draw = noise.draws(words(seed, STREAM_NOISE, iteration));
    for (let i = 0; i < added.length; i++) {
      let sum = 0;
      for (let s = 0; s < noise.samples; s++) sum += draw();
      added[i] = sum / noise.samples;
    }
  };
  select(0);
  return {
    ...objective,
    select,
    valueAndGradient() {
      const value = evaluateHere(objective);
      exact = norm2(gs, squares);
      for (let i = 0; i < added.length; i++) gradient[i] += added[i] as number;
      return value;
    },
    evaluate(out) {
      objective.evaluate?.(out.subarray(0, columns));
      out[columns] = exact;
    },
  };
}
