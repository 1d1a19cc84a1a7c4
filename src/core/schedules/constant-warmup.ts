import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, steps } from './schedule.js';

export const constantWarmup = defineSchedule({
  kind: 'constantWarmup',
  summary: 'The learning rate times `factor` for `totalIters` steps, then the learning rate itself.',
  formula: 'γ_t = factor · γ for t < totalIters, then γ',
  latex: String.raw`\gamma_t = \begin{cases} \alpha \gamma & t < T \\ \gamma & t \ge T \end{cases}`,
  source: 'torch ConstantLR',
  params: z.strictObject({ factor: real({ min: 0 }).default(1 / 3), totalIters: steps(0).default(5) }),
  example: { factor: 0.1, totalIters: 10 },
  build: ({ factor, totalIters }) => ({
    rate: (base, step) => (step < totalIters ? base * factor : base),
  }),
});
