import { z } from 'zod';
import { listOf } from '../schema.js';
import { MAX_SCHEDULES, memoryAt, memoryOf, type Nested } from './nested.js';
import { defineSchedule, type Schedule } from './schedule.js';

export const chained = (nested: Nested) =>
  defineSchedule({
    kind: 'chained',
    summary: 'Several schedules at once: the base of each is what the one before it gives. Factors multiply.',
    formula: 'γ_t = schedule_n(... schedule_2(schedule_1(γ, t), t) ..., t)',
    latex: String.raw`\gamma_t = (s_n \circ \dots \circ s_2 \circ s_1)(\gamma, t)`,
    source: 'torch ChainedScheduler',
    params: z.strictObject({ schedules: listOf(nested.spec, MAX_SCHEDULES).default([]) }),
    example: { schedules: [{ constantWarmup: { factor: 0.1 } }, { exponential: { gamma: 0.9 } }] },
    build: ({ schedules }) => {
      const parts = schedules.map(nested.build);
      return {
        ...memoryOf(parts),
        rate(base, step, value, memory) {
          let rate = base;
          for (let i = 0; i < parts.length; i++)
            rate = (parts[i] as Schedule).rate(rate, step, value, memoryAt(memory, i));
          return rate;
        },
      };
    },
  });
