import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, steps } from './schedule.js';
import { line } from './shapes.js';

export const linear = defineSchedule({
  kind: 'linear',
  summary: 'The learning rate times a factor that goes in a line from `startFactor` to `endFactor`.',
  formula: 'γ_t = γ (startFactor + (endFactor - startFactor) min(t, totalIters) / totalIters)',
  latex: String.raw`\gamma_t = \gamma \left(s + (e - s) \frac{\min(t, T)}{T}\right)`,
  source: 'torch LinearLR; optax linear_schedule, between rates, is polynomial with power 1',
  params: z.strictObject({
    startFactor: real({ min: 0 }).default(1 / 3),
    endFactor: real({ min: 0 }).default(1),
    totalIters: steps().default(5),
  }),
  example: { startFactor: 0.1, totalIters: 10 },
  build: ({ startFactor, endFactor, totalIters }) => ({
    rate: (base, step) => base * line(startFactor, endFactor, Math.min(step, totalIters) / totalIters),
  }),
});
