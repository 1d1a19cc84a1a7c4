import { z } from 'zod';
import { inside, type Registry, type Spec } from '../plugin.js';
import type { Rule } from './rule.js';

/** Name of the schema of a rule, to which the rules inside a rule refer. */
export const RULE_SCHEMA = 'Clipping';

/** The rules that may be inside another. */
export type Inner = Pick<Registry<Rule>, 'spec' | 'kindOf' | 'build'>;

const MAX_DEPTH = 4;
const MAX_RULES = 64;

/**
 * The rules, with some among them whose parts are rules again. Each level has a registry of its own,
 * so parsing ends at the fourth however deep a request goes on; in JSON Schema every part is a reference to the whole.
 */
export function recursive(levelOf: (inner: Inner) => Registry<Rule>): Registry<Rule> {
  let level = levelOf({
    spec: z.unknown().transform((input, context): Spec => {
      const message = `rules may be nested at most ${MAX_DEPTH} deep`;
      context.issues.push({ code: 'custom', message, input });
      return z.NEVER;
    }) as unknown as z.ZodType<Spec>,
    kindOf: () => '',
    build: () => {
      throw new Error('no rule is that deep');
    },
  });
  for (let depth = 1; depth <= MAX_DEPTH; depth++) {
    const { spec } = level;
    level = levelOf({ ...level, spec: inside(RULE_SCHEMA, () => spec) });
  }
  return level;
}

/** A list of 1 to `max` items, refused before they are looked at if there are more. */
export const shortList = <T extends z.ZodType>(item: T, max: number) =>
  z.preprocess((input, { issues }) => {
    if (!Array.isArray(input) || input.length <= max) return input;
    issues.push({ code: 'too_big', origin: 'array', maximum: max, inclusive: true, input });
    return z.NEVER;
  }, z.array(item).min(1).max(max));

/** What is inside a composed rule. */
type Composed = {
  readonly rules?: readonly Spec[];
  readonly groups?: readonly { readonly clipping: Spec }[];
  readonly rest?: Spec | undefined;
  readonly outer?: Spec | undefined;
};

function countRules(spec: Spec | undefined): number {
  if (spec === undefined) return 0;
  const { rules = [], groups = [], rest, outer } = Object.values(spec)[0] as Composed;
  if (rules.length + groups.length === 0) return 1;
  const parts = [...rules, ...groups.map(({ clipping }) => clipping), rest, outer];
  return parts.reduce<number>((sum, part) => sum + countRules(part), 0);
}

/** Refuses more rules than a request may have: each looks at the whole gradient. */
export function checkCount({ value, issues }: z.core.ParsePayload<Composed>): void {
  const count = countRules({ composed: value });
  if (count > MAX_RULES)
    issues.push({
      code: 'custom',
      message: `may have at most ${MAX_RULES} rules inside, got ${count}`,
      input: value,
    });
}
