import { z } from 'zod';
import { real } from '../schema.js';
import { boundaries, reached } from './boundaries.js';
import { defineSchedule } from './schedule.js';
import { growth } from './shapes.js';

export const multiStep = defineSchedule({
  kind: 'multiStep',
  summary:
    'The learning rate times `gamma` at each of the milestones; one that is listed twice counts twice.',
  formula: 'γ_t = γ · gamma^(number of milestones <= t)',
  latex: String.raw`\gamma_t = \gamma \beta^{\#\{i : m_i \le t\}}`,
  source: 'torch MultiStepLR',
  params: z.strictObject({
    milestones: boundaries().describe('steps, in any order'),
    gamma: real({ min: 0 }).default(0.1),
  }),
  example: { milestones: [30, 80] },
  build: ({ milestones, gamma }) => {
    const sorted = [...milestones].sort((a, b) => a - b);
    return { rate: (base, step) => base * growth(gamma, reached(sorted, step)) };
  },
});
