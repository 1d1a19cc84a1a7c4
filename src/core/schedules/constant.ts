import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule } from './schedule.js';

export const constant = defineSchedule({
  kind: 'constant',
  summary: 'The optimizer’s learning rate times `factor`, at every step.',
  formula: 'γ_t = factor · γ',
  latex: String.raw`\gamma_t = \alpha \gamma`,
  source: 'optax.constant_schedule',
  params: z.strictObject({ factor: real({ min: 0 }).default(1) }),
  example: {},
  build: ({ factor }) => ({ rate: (base) => base * factor }),
});
