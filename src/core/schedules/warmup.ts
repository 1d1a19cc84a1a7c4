import { z } from 'zod';
import { memoryAt, memoryOf, type Nested } from './nested.js';
import { defineSchedule, rate, steps } from './schedule.js';
import { line } from './shapes.js';

export const warmup = (nested: Nested) =>
  defineSchedule({
    kind: 'warmup',
    summary:
      'In a line from `from` to `peak` in `steps` steps, then the schedule `then`, whose base is `peak` and whose steps begin with 0.',
    formula: 'γ_t = from + (peak - from) t / steps for t < steps, then then_(t - steps)(peak)',
    latex: String.raw`\gamma_t = \begin{cases} \gamma_0 + (\gamma_p - \gamma_0) t / w & t < w \\ \operatorname{then}_{t - w}(\gamma_p) & t \ge w \end{cases}`,
    source:
      'Goyal et al. 2017 (arXiv:1706.02677); optax warmup_constant_schedule, warmup_cosine_decay_schedule, warmup_exponential_decay_schedule',
    params: z.strictObject({
      steps: steps(0),
      from: rate().default(0).describe('a learning rate'),
      peak: rate().optional().describe('a learning rate; the base when absent'),
      then: nested.spec.prefault({ constant: {} }),
    }),
    example: { steps: 10, then: { cosine: { steps: 90 } } },
    build: ({ steps: length, from, peak, then }) => {
      const next = nested.build(then);
      return {
        ...memoryOf([next]),
        rate(base, step, value, memory) {
          const top = peak ?? base;
          if (step < length) return line(from, top, step / length);
          return next.rate(top, step - length, value, memoryAt(memory, 0));
        },
      };
    },
  });
