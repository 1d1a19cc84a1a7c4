import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { defineSchedule, rate, steps } from './schedule.js';

export const polynomial = defineSchedule({
  kind: 'polynomial',
  summary: 'From the learning rate to `endValue` along a power of the steps that are left.',
  formula:
    'γ_t = end + (γ - end) (1 - s / totalIters)^power, s = t - transitionBegin between 0 and totalIters',
  latex: String.raw`\gamma_t = \gamma_e + (\gamma - \gamma_e) \left(1 - \frac{s}{T}\right)^p, \quad s = \min(\max(t - b, 0), T)`,
  source:
    'torch PolynomialLR; optax polynomial_schedule and, with power 1, linear_schedule, their transition_steps being totalIters',
  params: z.strictObject({
    totalIters: steps().default(5),
    power: real({ above: 0 }).default(1),
    initValue: rate().optional().describe('a learning rate; the base when absent'),
    endValue: rate().default(0).describe('a learning rate'),
    transitionBegin: steps(0).default(0),
  }),
  example: { totalIters: 100, power: 2 },
  build: ({ totalIters, power, initValue, endValue, transitionBegin }) => ({
    rate(base, step) {
      const passed = Math.min(Math.max(step - transitionBegin, 0), totalIters);
      const left = 1 - passed / totalIters;
      return ((initValue ?? base) - endValue) * (power === 1 ? left : math.pow(left, power)) + endValue;
    },
  }),
});
