import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, rate, steps } from './schedule.js';
import { growth } from './shapes.js';

export const exponential = defineSchedule({
  kind: 'exponential',
  summary: 'The learning rate times `gamma` for every `transitionSteps` steps, down (or up) to `endValue`.',
  formula:
    'γ_t = γ · gamma^(s / transitionSteps), s = max(t - transitionBegin, 0); staircase: floored exponent',
  latex: String.raw`\gamma_t = \gamma \beta^{s / T}, \quad s = \max(t - b, 0)`,
  source: 'torch ExponentialLR; optax exponential_decay, its decay_rate being gamma',
  params: z.strictObject({
    gamma: real({ min: 0 }),
    transitionSteps: steps().default(1),
    transitionBegin: steps(0).default(0),
    staircase: z.boolean().default(false).describe('whole powers of gamma only'),
    initValue: rate().optional().describe('a learning rate; the base when absent'),
    endValue: rate().optional().describe('a learning rate: the least for gamma < 1, else the greatest'),
  }),
  example: { gamma: 0.99 },
  build: ({ gamma, transitionSteps, transitionBegin, staircase, initValue, endValue }) => ({
    rate(base, step) {
      const periods = Math.max(step - transitionBegin, 0) / transitionSteps;
      const value = (initValue ?? base) * growth(gamma, staircase ? Math.floor(periods) : periods);
      if (endValue === undefined) return value;
      return gamma < 1 ? Math.max(value, endValue) : Math.min(value, endValue);
    },
  }),
});
