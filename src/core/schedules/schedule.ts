import { z } from 'zod';
import { definePlugin } from '../plugin.js';
import { real } from '../schema.js';
import type { State } from '../transform.js';

export interface Schedule {
  /**
   * The learning rate of update `step` (0 for the first), given the optimizer's own as `base`. Parameters that are
   * factors multiply the base; those that are rates are absolute, and the ones it could start from default to the base.
   *
   * One with an `init` is asked exactly once for each step, with f(x) before the update as `value`, and overwrites
   * `memory`, as its `init` has made it.
   */
  rate(base: number, step: number, value: number, memory: State): number;
  /** What it remembers before the first step; absent for a schedule that looks at the step alone. */
  readonly init?: () => State;
}

export const defineSchedule = definePlugin<Schedule>();

/** A number of steps. */
export const steps = (min: 0 | 1 = 1) => z.int().min(min).max(4294967295);

/** A learning rate, or a threshold where that is what the schedule drives. */
export const rate = () => real({ min: 0 });
