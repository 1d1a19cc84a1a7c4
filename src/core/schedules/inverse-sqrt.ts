import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, steps } from './schedule.js';

export const inverseSqrt = defineSchedule({
  kind: 'inverseSqrt',
  summary:
    'The learning rate falls with the square root of the step, after a rise from 0 in `warmupSteps` steps.',
  formula: 'γ_t = γ t / warmupSteps for t < warmupSteps, then γ √(timescale / (t - warmupSteps + timescale))',
  latex: String.raw`\gamma_t = \begin{cases} \gamma t / w & t < w \\ \gamma \sqrt{\tau / (t - w + \tau)} & t \ge w \end{cases}`,
  source:
    'Vaswani et al. 2017 (arXiv:1706.03762), Hugging Face get_inverse_sqrt_schedule, fairseq inverse_sqrt',
  params: z.strictObject({
    warmupSteps: steps(0).default(0),
    timescale: real({ above: 0 }).optional().describe('warmupSteps when absent, or 1 without them'),
  }),
  example: { warmupSteps: 10 },
  build: ({ warmupSteps, timescale = Math.max(warmupSteps, 1) }) => ({
    rate: (base, step) =>
      step < warmupSteps
        ? (base * step) / warmupSteps
        : base * Math.sqrt(timescale / (step - warmupSteps + timescale)),
  }),
});
