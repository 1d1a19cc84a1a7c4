import { definePlugin } from '../plugin.js';

export interface Schedule {
  /** The learning rate of update `step` (0 for the first), given the optimizer's own. */
  rate(base: number, step: number): number;
}

export const defineSchedule = definePlugin<Schedule>();
