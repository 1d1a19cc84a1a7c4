import { z } from 'zod';
import { real } from '../schema.js';
import type { Transform } from '../transform.js';
import { descendBy, lengthOf } from './lengths.js';
import { defineOptimizer } from './optimizer.js';

const polyakStep = (minimum: number, maxLearningRate: number): Transform => ({
  init: () => [],
  update(g, state, _x, step) {
    const norm = lengthOf(g);
    const factor = step.learningRate;
    const gap = Math.max(0, step.value - minimum);
    const rate = norm === 0 ? 0 : Math.min(maxLearningRate, gap / norm / norm);
    step.learningRate = factor * rate;
    descendBy(g, norm, step.learningRate, factor * Math.min(maxLearningRate * norm, gap / norm));
    return state;
  },
});

export const polyak = defineOptimizer({
  kind: 'polyak',
  summary:
    'Gradient descent with Polyak’s step, from the value and the least value; a schedule multiplies it.',
  formula: 'x ← x - min((f(x) - f*)/‖g‖², γ_max) g; no step where f(x) <= f*',
  latex: String.raw`x_{t+1} = x_t - \min\left(\frac{f(x_t) - f^*}{\lVert g_t \rVert^2}, \gamma_{\max}\right) g_t`,
  source: 'Polyak 1987, Introduction to Optimization; with a maximum Loizou et al. 2021 (arXiv:2002.10542)',
  params: z.strictObject({
    minimum: real().describe('f*, the least value of the objective'),
    maxLearningRate: real({ min: 0, infinite: true }).default(Infinity),
  }),
  example: { minimum: 0, maxLearningRate: 1 },
  build: ({ minimum, maxLearningRate }) => ({
    transform: polyakStep(minimum, maxLearningRate),
    learningRate: 1,
    flopsPerParameter: 3,
    statePerParameter: 0,
    needs: 'value',
  }),
});
