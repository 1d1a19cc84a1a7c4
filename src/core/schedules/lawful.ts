import { z } from 'zod';
import { real } from '../schema.js';
import { BEST_THETA, LECTURE_THETA, lawfulLearningRate, MAX_THETA } from '../theory/clipped-descent.js';
import { defineSchedule } from './schedule.js';

const params = z
  .strictObject({
    l0: real({ min: 0 }),
    l1: real({ min: 0 }),
    threshold: real({ min: 0 }).describe('c of the clipping'),
    form: z
      .enum(['FIRST_ORDER', 'HESSIAN'])
      .optional()
      .describe('what l0 and l1 bound; gives theta its best value, 1 or ln 2'),
    theta: real({ above: 0 }).optional().describe('1/9 when absent and no form is given, as in the lecture'),
  })
  .check(({ value: { l0, l1, threshold, form = 'FIRST_ORDER', theta = 1 }, value, issues }) => {
    if (!Number.isFinite(lawfulLearningRate(theta, l0, l1, threshold)))
      issues.push({ code: 'custom', message: 'l0 + l1 · threshold must be > 0', input: value });
    const max = MAX_THETA[form];
    if (theta > max)
      issues.push({
        code: 'custom',
        message: `must be <= ${max}: above it no descent is guaranteed`,
        input: theta,
        path: ['theta'],
      });
  });

export const lawful = defineSchedule({
  kind: 'lawful',
  summary:
    'The learning rate that theory allows clipped gradient descent on an (L0, L1)-smooth objective, instead of the optimizer’s.',
  formula: 'γ_t = θ / (L0 + c L1)',
  latex: String.raw`\gamma_t = \frac{\theta}{L_0 + c L_1}`,
  source: 'Zhang, He, Sra, Jadbabaie 2020 (arXiv:1905.11881)',
  params,
  example: { l0: 50, l1: 1, threshold: 1 },
  build: ({ l0, l1, threshold, form, theta = form === undefined ? LECTURE_THETA : BEST_THETA[form] }) => {
    const constant = lawfulLearningRate(theta, l0, l1, threshold);
    return { rate: () => constant };
  },
});
