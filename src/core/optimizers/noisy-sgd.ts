import { z } from 'zod';
import { STREAM_UPDATE, words } from '../kernels/random.js';
import type { Vector } from '../kernels/vector.js';
import { math } from '../kernels/wasm.js';
import { real, seed } from '../schema.js';
import { chain, type Transform } from '../transform.js';
import { defineOptimizer, learningRate } from './optimizer.js';
import { descend } from './transforms.js';

export const noisySgd = defineOptimizer({
  kind: 'noisySgd',
  summary:
    'Gradient descent with Gaussian noise that fades; the noise of a step follows from seed and step alone.',
  formula: 'x ← x - γ (g + √(η / t^decay) n) with n standard normal, decay = gamma',
  latex: String.raw`x_{t+1} = x_t - \gamma \left(g_t + \mathcal{N}(0, \eta / t^{\gamma_n})\right)`,
  source: 'Neelakantan et al. 2015 (arXiv:1511.06807), optax.noisy_sgd',
  params: z.strictObject({
    learningRate: learningRate.default(0.01),
    eta: real({ min: 0 }).default(0.01),
    gamma: real({ min: 0 }).default(0.55),
    seed: seed().default(0),
  }),
  example: { learningRate: 0.1, eta: 0.001 },
  build: ({ learningRate, eta, gamma, seed }) => ({
    transform: chain(addNoise(eta, gamma, seed), descend),
    learningRate,
    flopsPerParameter: 60,
    statePerParameter: 0,
  }),
});

const addNoise = (eta: number, gamma: number, seed: number): Transform => ({
  init: () => [],
  update(g, state, _x, { count }) {
    const deviation = Math.sqrt(eta / math.pow(count, gamma));
    const next = words(seed, STREAM_UPDATE, count);
    if (deviation > 0) for (let t = 0; t < g.length; t++) addNormals(g[t] as Vector, deviation, next);
    return state;
  },
});

/** g ← g + deviation · n, two normals from two words (Box and Muller 1958). */
function addNormals(g: Vector, deviation: number, next: () => number): void {
  for (let i = 0; i < g.length; i += 2) {
    const radius = deviation * Math.sqrt(-2 * math.log((next() + 0.5) / 4294967296));
    const angle = (2 * Math.PI * next()) / 4294967296;
    g[i] += radius * math.cos(angle);
    if (i + 1 < g.length) g[i + 1] += radius * math.sin(angle);
  }
}
