import { z } from 'zod';
import { composite, type Part } from './composite.js';
import { checkCount, type Inner, shortList } from './nested.js';
import { defineRule } from './rule.js';

const MAX_PARTS = 16;

export const chain = ({ spec, kindOf, build }: Inner) =>
  defineRule({
    kind: 'chain',
    summary: 'Applies rules one after the other, each to what the one before it left.',
    formula: 'r_n(... r_2(r_1(g)))',
    latex: String.raw`r_n(\cdots r_2(r_1(g)))`,
    source: 'two calls of torch.nn.utils, optax.chain',
    params: z
      .strictObject({ rules: shortList(spec, MAX_PARTS).describe('nested at most 4 deep') })
      .check(checkCount),
    example: { rules: [{ value: { threshold: 0.5 } }, { globalNorm: { threshold: 1 } }] },
    build({ rules }) {
      const parts = rules.map((rule, i): Part => {
        const kind = kindOf(rule);
        return { name: `rules[${i}]`, path: `rules[${i}].${kind}`, key: `${i}:${kind}`, rule: build(rule) };
      });
      return composite(
        parts.map(({ rule }) => rule),
        (names) => {
          const members = names.map((_name, t) => t);
          return parts.map((part) => ({ ...part, members }));
        },
      );
    },
  });
