import { z } from 'zod';
import { listOf } from '../schema.js';
import { boundaries, outOfOrder, reached } from './boundaries.js';
import { MAX_SCHEDULES, memoryAt, memoryOf, type Nested } from './nested.js';
import { defineSchedule, type Schedule } from './schedule.js';

export const sequence = (nested: Nested) =>
  defineSchedule({
    kind: 'sequence',
    summary: 'One schedule after another, each counting its steps from its own start.',
    formula: 'γ_t = schedule_i at step t - milestone_(i-1), for milestone_(i-1) <= t < milestone_i',
    latex: String.raw`\gamma_t = s_i(t - m_{i-1}) \quad \text{for } m_{i-1} \le t < m_i, \quad m_0 = 0`,
    source: 'torch SequentialLR, optax join_schedules; of warmups with cosine it is optax sgdr_schedule',
    params: z
      .strictObject({
        schedules: listOf(nested.spec, MAX_SCHEDULES).default([]),
        milestones: boundaries().describe('where the second, third, ... starts; rising'),
      })
      .check(({ value: { schedules, milestones }, issues }) => {
        if (milestones.length !== Math.max(schedules.length - 1, 0) || schedules.length === 0)
          issues.push({
            code: 'custom',
            message: `must be one less than schedules, of which there must be one at least; got ${milestones.length} for ${schedules.length} schedules`,
            input: milestones,
            path: ['milestones'],
          });
        const at = outOfOrder(milestones);
        if (at !== -1)
          issues.push({
            code: 'custom',
            message: `must be > the milestone before it (${milestones[at - 1]})`,
            input: milestones[at],
            path: ['milestones', at],
          });
      }),
    example: {
      schedules: [{ constant: { factor: 0.1 } }, { exponential: { gamma: 0.9 } }],
      milestones: [20],
    },
    build: ({ schedules, milestones }) => {
      const parts = schedules.map(nested.build);
      return {
        ...memoryOf(parts),
        rate(base, step, value, memory) {
          const i = reached(milestones, step);
          const begin = i === 0 ? 0 : (milestones[i - 1] as number);
          return (parts[i] as Schedule).rate(base, step - begin, value, memoryAt(memory, i));
        },
      };
    },
  });
