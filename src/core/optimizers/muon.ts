import { z } from 'zod';
import { dot, scale, type Vector } from '../kernels/vector.js';
import { listOf, real } from '../schema.js';
import { perTensor, type Shape, type Step, type Transform, zeros } from '../transform.js';
import { lookAhead, momentStep } from './moments.js';
import { flopsOf, newOrthogonalizer } from './newton-schulz.js';
import { beta, defineOptimizer, learningRate, weightDecay } from './optimizer.js';
import { betas, eps, flag } from './parameters.js';

/** Coefficients that grow small singular values fast, and keep all near 1 (Jordan et al. 2024). */
const STANDARD = [3.4445, -4.775, 2.0315];

const params = z
  .strictObject({
    learningRate: learningRate.default(0.02),
    beta: beta.default(0.95),
    nesterov: flag(true),
    weightDecay,
    nsSteps: z.int().min(1).max(100).default(5),
    nsCoeffs: listOf(real(), 300)
      .default([])
      .describe(
        'three for every iteration, 3.4445, -4.775 and 2.0315 when empty, or three for each, in order',
      ),
    preconditioning: z.enum(['frobenius', 'spectral', 'aol', 'schatten']).default('frobenius'),
    eps: eps(1e-8),
    adaptive: flag(false),
    consistentRms: real({ above: 0 }).optional(),
    adamLearningRate: learningRate
      .optional()
      .describe('of tensors that are no matrices; learningRate when absent'),
    adamBetas: betas(0.9, 0.999),
    adamEpsRoot: eps(0),
    adamWeightDecay: weightDecay,
  })
  .check(({ value, issues }) => {
    const { length } = value.nsCoeffs;
    if (length % 3 !== 0 || length > Math.max(3, 3 * value.nsSteps))
      issues.push({
        code: 'custom',
        message: `needs 3 numbers, or 3 for each of at most nsSteps iterations; got ${length}`,
        input: value.nsCoeffs,
        path: ['nsCoeffs'],
      });
  });
type Params = z.output<typeof params>;

export const muon = defineOptimizer({
  kind: 'muon',
  summary:
    'Muon: momentum of matrices made orthogonal by Newton-Schulz iterations; AdamW for all other tensors.',
  formula:
    'M = m̂ / ‖m̂‖, then nsSteps times M ← a M + (b A + c A²) M with A = M Mᵀ; x ← x - γ (√max(1, columns / rows) M + λ x)',
  latex: String.raw`X_{t+1} = X_t - \gamma \left(\sqrt{\max(1, n / m)}\, \operatorname{NS}(\hat M_t) + \lambda X_t\right), \quad \operatorname{NS}: M \leftarrow a M + b M M^\top M + c (M M^\top)^2 M`,
  source: 'Jordan et al. 2024 (kellerjordan.github.io/posts/muon), optax.contrib.muon',
  params,
  example: { learningRate: 0.02 },
  build: (options) => ({
    transform: orthogonalMomentum(options),
    learningRate: options.learningRate,
    flopsPerParameter: 24,
    statePerParameter: 4,
    flopsOfShapes: (shapes) =>
      shapes.reduce((sum, shape) => sum + (isMatrix(shape) ? flopsOf(...shape, options.nsSteps) : 0), 0),
  }),
});

const isMatrix = (shape: Shape): shape is readonly [number, number] => shape.length === 2;

/** A matrix has m alone, any other tensor m and v. */
interface Memory {
  readonly m: Vector;
  readonly v: Vector | readonly [];
}

function orthogonalMomentum(options: Params): Transform {
  const { learningRate, adamLearningRate = learningRate, adamBetas, adamEpsRoot, adamWeightDecay } = options;
  const { eps, nesterov, weightDecay } = options;
  const adam = { betas: adamBetas, eps, epsRoot: adamEpsRoot, nesterov };
  const matrixStep = newMatrixStep(options);
  return perTensor<Memory>(
    (x, shape) => ({ m: zeros(x), v: isMatrix(shape) ? [] : zeros(x) }),
    (g, { m, v }, x, { count, learningRate: rate }: Step, shape) => {
      if (isMatrix(shape)) {
        matrixStep(g, m, count, shape);
        finish(g, x, weightDecay, rate);
      } else {
        momentStep(g, m, v as Vector, count, adam);
        // A schedule drives both; where it multiplies 0, the other rate stays as it is.
        const adamRate = learningRate === 0 ? adamLearningRate : (rate / learningRate) * adamLearningRate;
        finish(g, x, adamWeightDecay, adamRate);
      }
    },
  );
}

/** u ← the scaled orthogonal matrix; m is the momentum. */
function newMatrixStep(options: Params) {
  const { beta, nesterov, nsCoeffs, nsSteps, preconditioning, eps, adaptive, consistentRms } = options;
  const numbers = nsCoeffs.length === 0 ? STANDARD : nsCoeffs;
  const rows = Array.from({ length: numbers.length / 3 }, (_, i) => numbers.slice(3 * i, 3 * i + 3));
  const coefficients = rows.length === 1 ? Array.from({ length: nsSteps }, () => rows[0] ?? []) : rows;
  const orthogonalize = newOrthogonalizer({ coefficients, preconditioning, eps });
  return (g: Vector, m: Vector, count: number, [height, width]: readonly [number, number]): void => {
    const { ofMoment, ofGradient } = lookAhead(beta, count, { nesterov });
    for (let i = 0; i < g.length; i++) {
      const gi = g[i] as number;
      m[i] = beta * m[i] + (1 - beta) * gi;
      g[i] = ofMoment * m[i] + ofGradient * gi;
    }
    const before = adaptive ? g.slice() : null;
    orthogonalize(g, height, width);
    const size =
      consistentRms === undefined
        ? Math.sqrt(Math.max(1, width / height))
        : Math.sqrt(Math.max(height, width)) * consistentRms;
    scale(g, before === null ? size : size * dot(before, g));
  };
}

/** u ← -γ (u + λ x) */
function finish(g: Vector, x: Vector, lambda: number, rate: number): void {
  for (let i = 0; i < g.length; i++) g[i] = -rate * ((g[i] as number) + lambda * x[i]);
}
