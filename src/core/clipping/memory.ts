import type { Spec } from '../plugin.js';
import { decodeState, encodeState } from '../state.js';
import { layoutIdentity, numbersOf, type Tensor } from '../tensor.js';
import type { State } from '../transform.js';
import { clipping } from './index.js';
import type { Rule } from './rule.js';

/** How what a rule remembers travels as `clippingState`; a rule that remembers nothing takes and gives none. */
export function ruleMemory(rule: Rule, spec: Spec, gradients: readonly Tensor[]) {
  const identity = { kind: clipping.kindOf(spec), layout: layoutIdentity(gradients) };
  let step = 0;
  return {
    read(bytes: Uint8Array | null): State | null {
      if (rule.init === undefined || bytes === null) return null;
      const names = gradients.map(({ name }) => name);
      const fresh = rule.init(gradients.map(numbersOf), names);
      const decoded = decodeState(bytes, identity, fresh, 'clippingState');
      step = decoded.step;
      return decoded.state;
    },
    written: (state: State | null): { clippingState?: Uint8Array } =>
      state === null ? {} : { clippingState: encodeState({ ...identity, step: step + 1 }, state) },
  };
}
