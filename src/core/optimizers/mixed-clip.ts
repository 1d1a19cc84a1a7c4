import { z } from 'zod';
import { copy, type Vector } from '../kernels/vector.js';
import { real } from '../schema.js';
import { chain, type Transform, zerosLike } from '../transform.js';
import { clipLength, intoAverage } from './lengths.js';
import { clippedParams } from './momentum-clip.js';
import { defineOptimizer } from './optimizer.js';
import { descend } from './transforms.js';

interface Mix {
  readonly threshold: number;
  readonly smoothed: boolean;
  readonly nu: number;
  readonly beta: number;
}

/** u ← ν clip(m) + (1 - ν) clip(g) with the averaged gradient m. */
function mixed({ threshold, smoothed, nu, beta }: Mix): Transform {
  /** Room for clip(m): m itself goes on unclipped. */
  let clipped: readonly Vector[] | null = null;
  return {
    init: zerosLike,
    update(g, state) {
      const m = state as readonly Vector[];
      intoAverage(m, g, beta);
      clipped ??= zerosLike(g);
      for (let t = 0; t < g.length; t++) copy(m[t] as Vector, clipped[t] as Vector);
      clipLength(clipped, threshold, smoothed);
      clipLength(g, threshold, smoothed);
      for (let t = 0; t < g.length; t++) {
        const u = g[t] as Vector;
        const average = clipped[t] as Vector;
        for (let i = 0; i < u.length; i++) u[i] = nu * average[i] + (1 - nu) * u[i];
      }
      return state;
    },
  };
}

export const mixedClip = defineOptimizer({
  kind: 'mixedClip',
  summary: 'Mixes the clipped average of the gradients with the clipped gradient.',
  formula:
    'm ← β m + (1 - β) g, m = 0 at first; x ← x - [ν min(η, γ/‖m‖) m + (1 - ν) min(η, γ/‖g‖) g], γ = η c',
  latex: String.raw`m_t = \beta m_{t-1} + (1 - \beta) g_t, \quad x_{t+1} = x_t - \left[\nu \min\left(\eta, \frac{\gamma}{\lVert m_t \rVert}\right) m_t + (1 - \nu) \min\left(\eta, \frac{\gamma}{\lVert g_t \rVert}\right) g_t\right], \quad \gamma = \eta c`,
  source: 'B. Zhang, Jin, Fang, Wang 2020 (arXiv:2010.02519)',
  params: z.strictObject({
    ...clippedParams,
    nu: real({ min: 0, max: 1 }).default(0.7).describe('ν: 0 is clipped descent, 1 is momentumClip'),
    beta: real({ min: 0, below: 1 }).default(0.999),
  }),
  example: { learningRate: 0.1, threshold: 1 },
  build: ({ learningRate, ...mix }) => ({
    transform: chain(mixed(mix), descend),
    learningRate,
    flopsPerParameter: 15,
    statePerParameter: 2,
  }),
});
