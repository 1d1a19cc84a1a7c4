import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { perTensor, type Transform, zeros } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';

const params = z.strictObject({
  learningRate: learningRate.default(0.001),
  learningRatePower: real({ max: 0 }).default(-0.5).describe('p, power of the sum of squares'),
  initialAccumulatorValue: real({ min: 0 }).default(0.1).describe('s before the first step'),
  l1RegularizationStrength: real({ min: 0 })
    .default(0)
    .describe('λ1: what the sum holds within ±λ1 is 0 in x'),
  l2RegularizationStrength: real({ min: 0 }).default(0).describe('λ2'),
  l2ShrinkageRegularizationStrength: real({ min: 0 }).default(0).describe('λs, added to the gradient only'),
  beta: real({ min: 0 }).default(0).describe('added to 2 γ λ2'),
});
type Params = z.output<typeof params>;

export const ftrl = defineOptimizer({
  kind: 'ftrl',
  summary: 'Follow the regularized leader: sparse x by an L1 penalty; Keras’ semantics.',
  formula:
    's⁺ = s + g²; σ = s⁺^-p / γ⁺ - s^-p / γ; z ← z + g + 2 λs x - σ x; x ← (clip(z, ±λ1) - z) / (s⁺^-p / γ⁺ + 2 λ2 + β / γ⁺)',
  latex: String.raw`\sigma_t = \frac{s_t^{-p}}{\gamma_t} - \frac{s_{t-1}^{-p}}{\gamma_{t-1}}, \quad z_t = z_{t-1} + g_t + 2\lambda_s x_t - \sigma_t x_t, \quad x_{t+1} = \frac{\operatorname{clip}(z_t, \pm\lambda_1) - z_t}{s_t^{-p}/\gamma_t + 2\lambda_2 + \beta/\gamma_t}`,
  source: 'McMahan et al. 2013 (KDD), keras.optimizers.Ftrl',
  params,
  example: { learningRate: 0.5 },
  build: (params) => ({
    transform: followTheLeader(params),
    learningRate: params.learningRate,
    flopsPerParameter: 20,
    statePerParameter: 2,
  }),
});

/**
 * Keras has γ of this step in both terms of σ, the same while γ stays; where a schedule lowers it that would pull x to 0.
 * A learning rate of 0 leaves x and the state alone.
 */
const followTheLeader = ({
  learningRatePower,
  initialAccumulatorValue,
  l1RegularizationStrength: l1,
  l2RegularizationStrength: l2,
  l2ShrinkageRegularizationStrength: shrinkage,
  beta,
}: Params): Transform => {
  const power = learningRatePower === -0.5 ? Math.sqrt : (s: number) => math.pow(s, -learningRatePower);
  return perTensor(
    (x) => ({ sum: zeros(x).fill(initialAccumulatorValue), linear: zeros(x), rate: 0 }),
    (g, memory, x, { learningRate }) => {
      if (learningRate === 0) {
        g.fill(0);
        return;
      }
      const { sum, linear } = memory;
      const rateBefore = memory.rate === 0 ? learningRate : memory.rate;
      memory.rate = learningRate;
      for (let i = 0; i < g.length; i++) {
        const gi = g[i] as number;
        const xi = x[i] as number;
        const before = sum[i] as number;
        const after = before + gi * gi;
        const steepness = power(after) / learningRate;
        const z = linear[i] + gi + 2 * shrinkage * xi - (steepness - power(before) / rateBefore) * xi;
        sum[i] = after;
        linear[i] = z;
        const quadratic = steepness + 2 * l2 + beta / learningRate;
        const shrunk = Math.max(-l1, Math.min(l1, z)) - z;
        g[i] = (quadratic === 0 ? 0 : shrunk / quadratic) - xi;
      }
    },
  );
};
