import type { z } from 'zod';
import type { Spec } from '../plugin.js';
import type { State } from '../transform.js';
import type { Schedule } from './schedule.js';

/** The registry as the schedules see it that hold others: they are part of it, so it comes to them as an argument. */
export interface Nested {
  readonly spec: z.ZodType<Spec>;
  readonly build: (spec: Spec) => Schedule;
}

/** Name of the schema of a schedule, to which the schedules inside one refer. */
export const SCHEDULE_SCHEMA = 'Schedule';

/** What several schedules remember, a list in their order; nothing when none of them remembers anything. */
export const memoryOf = (parts: readonly Schedule[]): Pick<Schedule, 'init'> =>
  parts.some(({ init }) => init !== undefined)
    ? { init: () => parts.map(({ init }) => init?.() ?? NOTHING) }
    : {};

/** The part of one of them. */
export const memoryAt = (memory: State, i: number): State => (memory as readonly State[])[i] ?? NOTHING;
const NOTHING: State = [];

export const MAX_DEPTH = 4;
export const MAX_SCHEDULES = 100;

/**
 * Refuses what nests too deep or holds too many. It looks at what came in, because parsing would follow it to any
 * depth: a schedule inside another is its `then`, or one of its `schedules`.
 */
export function limitNesting(input: unknown, context: z.core.$RefinementCtx): unknown {
  let count = 0;
  let tooMany = false;

  function walk(node: unknown, path: readonly PropertyKey[]): void {
    count++;
    const depth = 1 + path.filter((key) => key === 'then' || key === 'schedules').length;
    if (count > MAX_SCHEDULES) tooMany = true;
    else if (depth > MAX_DEPTH)
      refuse(`nests too deep: schedules may be at most ${MAX_DEPTH} deep`, path, node);
    else
      for (const [kind, params] of entriesOf(node)) {
        const { then, schedules } = (entriesOf(params).length === 0 ? {} : params) as Readonly<Inside>;
        if (then !== undefined && then !== null) walk(then, [...path, kind, 'then']);
        if (Array.isArray(schedules))
          for (let i = 0; i < schedules.length && !tooMany; i++)
            walk(schedules[i], [...path, kind, 'schedules', i]);
      }
  }

  function refuse(message: string, path: readonly PropertyKey[], at: unknown): void {
    context.issues.push({ code: 'custom', message, input: at, path: [...path] });
  }

  walk(input, []);
  if (tooMany) refuse(`holds too many schedules: at most ${MAX_SCHEDULES} in all`, [], input);
  return input;
}

interface Inside {
  then?: unknown;
  schedules?: unknown;
}

const entriesOf = (node: unknown): [string, unknown][] =>
  typeof node === 'object' && node !== null && !Array.isArray(node) ? Object.entries(node) : [];
