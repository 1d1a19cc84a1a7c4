import type { Vector } from '../kernels/vector.js';
import type { Spec } from '../plugin.js';
import { newSkipCounters, type SkipCounters } from '../skip.js';
import { decodeState, encodeState } from '../state.js';
import { layoutIdentity, type Tensor } from '../tensor.js';
import type { State } from '../transform.js';
import { clipping } from './index.js';
import type { Rule } from './rule.js';

/** What lasts from one gradient to the next: the memory of the rule and, where gradients may be skipped, the counters. */
export interface Memory {
  /** Null for a rule that remembers nothing. */
  rule: State | null;
  /** Null where no gradient is skipped. */
  readonly counters: SkipCounters | null;
}

/** How a memory travels as `clippingState`; an empty one takes and gives none. */
export function ruleMemory(rule: Rule, spec: Spec, gradients: readonly Tensor[], skipping: boolean) {
  const identity = () => ({ kind: clipping.kindOf(spec), layout: layoutIdentity(gradients) });
  let step = 0;
  return {
    read(bytes: Uint8Array | null, tensors: readonly Vector[]): Memory {
      const fresh = {
        rule: rule.init === undefined ? null : rule.init(tensors, namesOf(gradients)),
        counters: skipping ? newSkipCounters() : null,
      };
      if (bytes === null) return fresh;
      const decoded = decodeState(bytes, identity(), treeOf(fresh), 'clippingState');
      step = decoded.step;
      if (!skipping) return { rule: decoded.state, counters: null };
      const { rule: remembered, skip } = decoded.state as { rule: State; skip: SkipCounters };
      return { rule: rule.init === undefined ? null : remembered, counters: skip };
    },
    /** `steps` is 0 for a gradient that was skipped. */
    written(memory: Memory, steps: 0 | 1): { clippingState?: Uint8Array } {
      if (memory.rule === null && memory.counters === null) return {};
      return { clippingState: encodeState({ ...identity(), step: step + steps }, treeOf(memory)) };
    },
  };
}

const treeOf = ({ rule, counters }: Memory): State =>
  counters === null ? (rule ?? []) : { rule: rule ?? [], skip: counters };

const namesOf = (gradients: readonly Tensor[]): string[] => gradients.map(({ name }) => name);
