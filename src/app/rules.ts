import { clipping } from '../core/clipping/index.js';
import type { Rule } from '../core/clipping/rule.js';
import { invalidField } from '../core/failure.js';
import type { Spec } from '../core/plugin.js';

/** The rule that a request asks for; refuses one that does not go with tensors of these names. */
export function ruleFor(spec: Spec, tensors: readonly { readonly name: string }[]): Rule {
  const rule = clipping.build(spec);
  const found = rule.misfit?.(tensors.map(({ name }) => name));
  if (found != null) throw invalidField(`clipping.${clipping.kindOf(spec)}.${found.path}`, found.message);
  return rule;
}

/** Memory of a report, of its text and of the bytes of that. */
const REPORT_BYTES = 400;

/** What the reports of a rule made of several may take: all of them may be about each tensor. */
export const reportBytes = ({ rules = 1 }: Rule, tensors: number): number =>
  rules === 1 ? 0 : REPORT_BYTES * rules * tensors;
