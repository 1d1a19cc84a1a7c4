import { invalidField } from '../failure.js';
import type { Rule, Threshold } from './rule.js';

/** The threshold of a rule that a schedule drives; refuses a rule that has none. */
export function scheduledThreshold({ threshold }: Rule, kind: string): Threshold {
  if (threshold === undefined)
    throw invalidField(
      'thresholdSchedule',
      `needs a clipping rule with a threshold; ${kind}, as it is given, has none`,
    );
  if (!Number.isFinite(threshold.value))
    throw invalidField('thresholdSchedule', `needs a finite threshold of ${kind}, got ${threshold.value}`);
  return threshold;
}
