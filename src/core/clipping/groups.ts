import { z } from 'zod';
import type { Spec } from '../plugin.js';
import { composite, type Part, type Place } from './composite.js';
import { checkCount, type Inner, shortList } from './nested.js';
import { matcher } from './pattern.js';
import { defineRule, type Rule } from './rule.js';

const MAX_GROUPS = 16;
const MAX_PATTERNS = 16;
/** Characters of patterns times characters of names: a bound for the time that matching takes, a few tenths of a second. */
const MAX_COMPARISONS = 268_435_456;

export const groups = ({ spec, kindOf, build }: Inner) =>
  defineRule({
    kind: 'groups',
    summary: 'A rule for each group of tensors, told by their names; then, if wanted, one around all.',
    formula: 'r_outer(r_1(g of group 1), r_2(g of group 2), ..., r_rest(g of the rest))',
    latex: String.raw`r_{\text{outer}}\left(r_1(g_{G_1}), r_2(g_{G_2}), \ldots, r_{\text{rest}}(g_{\text{rest}})\right)`,
    source: 'PyTorch parameter groups, optax.multi_transform',
    params: z
      .strictObject({
        groups: shortList(
          z.strictObject({
            names: z
              .array(z.string().min(1).max(256))
              .min(1)
              .max(MAX_PATTERNS)
              .describe('names of tensors; * stands for any text'),
            clipping: spec,
          }),
          MAX_GROUPS,
        ).describe('a tensor belongs to the first that names it'),
        rest: spec.optional(),
        outer: spec.optional(),
      })
      .check(checkCount),
    example: {
      groups: [{ names: ['*'], clipping: { perTensorNorm: { threshold: 1 } } }],
      outer: { globalNorm: { threshold: 1.2 } },
    },
    build({ groups, rest = { none: {} }, outer }) {
      const part = (name: string, path: string, key: string, rule: Spec): Part => {
        const kind = kindOf(rule);
        return { name, path: `${path}.${kind}`, key: `${key}:${kind}`, rule: build(rule) };
      };
      const inner = groups.map(({ names, clipping }, i) =>
        part(`groups[${i}]`, `groups[${i}].clipping`, `${i} ${names.join()}`, clipping),
      );
      const others = part('rest', 'rest', 'rest', rest);
      const around = outer === undefined ? null : part('outer', 'outer', 'outer', outer);
      const patterns = groups.map(({ names }) => names);
      const whole = composite(
        [...inner, others, ...(around === null ? [] : [around])].map(({ rule }) => rule),
        (names) => {
          const members = partition(patterns, names);
          const placed = [...inner, others].map(
            (one, i): Place => ({ ...one, members: members[i] as number[] }),
          );
          const used = placed.filter(({ members }) => members.length > 0);
          return around === null ? used : [...used, { ...around, members: names.map((_name, t) => t) }];
        },
      );
      return { ...whole, misfit: (names) => unmatched(patterns, names) ?? whole.misfit?.(names) ?? null };
    },
  });

/** The tensors of each group, in order, and last those that no group names. */
function partition(groups: readonly (readonly string[])[], names: readonly string[]): number[][] {
  const matchers = groups.map((patterns) => patterns.map(matcher));
  const members: number[][] = [...groups.map(() => []), []];
  names.forEach((name, t) => {
    const found = matchers.findIndex((group) => group.some((matches) => matches(name)));
    members.at(found)?.push(t);
  });
  return members;
}

const SHOWN = 5;

function unmatched(
  groups: readonly (readonly string[])[],
  names: readonly string[],
): ReturnType<NonNullable<Rule['misfit']>> {
  const comparisons = groups.flat().join('').length * names.join('').length;
  if (comparisons > MAX_COMPARISONS)
    return {
      path: 'groups',
      message: `the characters of their names times those of the tensors may be at most ${MAX_COMPARISONS}, got ${comparisons}`,
    };
  const empty = partition(groups, names)
    .slice(0, -1)
    .findIndex(({ length }) => length === 0);
  if (empty === -1) return null;
  const wanted = (groups[empty] as readonly string[]).map((name) => `"${name}"`).join(', ');
  const there = names.slice(0, SHOWN).map((name) => `"${name}"`);
  const more = names.length > SHOWN ? `, ... (${names.length})` : '';
  return {
    path: `groups[${empty}].names`,
    message: `no tensor is like ${wanted} that no earlier group has; there are ${there.join(', ')}${more}`,
  };
}
