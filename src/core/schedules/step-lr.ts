import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, steps } from './schedule.js';
import { growth } from './shapes.js';

export const stepLr = defineSchedule({
  kind: 'stepLr',
  summary: 'The learning rate times `gamma` after every `stepSize` steps.',
  formula: 'γ_t = γ · gamma^floor(t / stepSize)',
  latex: String.raw`\gamma_t = \gamma \beta^{\lfloor t / T \rfloor}`,
  source: 'torch StepLR',
  params: z.strictObject({ stepSize: steps(), gamma: real({ min: 0 }).default(0.1) }),
  example: { stepSize: 30 },
  build: ({ stepSize, gamma }) => ({
    rate: (base, step) => base * growth(gamma, Math.floor(step / stepSize)),
  }),
});
