import { z } from 'zod';
import { real } from '../schema.js';
import { ADAPTIVE_FORMS, type AdaptiveForm, adaptiveLength, adaptiveRate } from '../theory/adaptive-step.js';
import type { Transform } from '../transform.js';
import { descendBy, lengthOf } from './lengths.js';
import { defineOptimizer } from './optimizer.js';

const adaptive = (l0: number, l1: number, form: AdaptiveForm): Transform => ({
  init: () => [],
  update(g, state, _x, step) {
    const norm = lengthOf(g);
    const factor = step.learningRate;
    step.learningRate = factor * adaptiveRate(norm, l0, l1, form);
    descendBy(g, norm, step.learningRate, factor * adaptiveLength(norm, l0, l1, form));
    return state;
  },
});

export const adaptiveStep = defineOptimizer({
  kind: 'adaptiveStep',
  summary:
    'Gradient descent with the learning rate that (L0, L1)-smoothness allows; a schedule multiplies it.',
  formula:
    'x ← x - η(‖g‖) g; HESSIAN_OPTIMAL ln(1 + L1‖g‖/(L0 + L1‖g‖))/(L1‖g‖), HESSIAN_SIMPLE 1/(L0 + 1.5 L1‖g‖), FIRST_ORDER 1/(L0 + L1‖g‖), HARD min(1/(2 L0), 1/(3 L1‖g‖))',
  latex: String.raw`x_{t+1} = x_t - \eta_t g_t, \quad \eta_t = \frac{1}{L_1 \lVert g_t \rVert} \ln\left(1 + \frac{L_1 \lVert g_t \rVert}{L_0 + L_1 \lVert g_t \rVert}\right)`,
  source: 'Vankov et al. 2024 (arXiv:2410.10800), Gorbunov et al. 2024 (arXiv:2409.14989)',
  params: z
    .strictObject({
      l0: real({ min: 0 }).describe('L0 of ‖∇²f‖ <= L0 + L1 ‖∇f‖, or of the first-order form'),
      l1: real({ min: 0 }).describe('L1; 0 gives the learning rate 1/L0, with HARD 1/(2 L0)'),
      form: z.enum(ADAPTIVE_FORMS).default('HESSIAN_OPTIMAL'),
    })
    .check(({ value, issues }) => {
      if (value.l0 === 0 && value.l1 === 0)
        issues.push({ code: 'custom', message: 'l0 and l1 must not both be 0', input: value });
    }),
  example: { l0: 10, l1: 1 },
  build: ({ l0, l1, form }) => ({
    transform: adaptive(l0, l1, form),
    learningRate: 1,
    flopsPerParameter: 3,
    statePerParameter: 0,
  }),
});
