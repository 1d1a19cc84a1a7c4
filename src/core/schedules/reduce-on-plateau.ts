import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, rate, steps } from './schedule.js';

/** What it remembers, by place: the product of the reductions, the best value, steps without a better one, steps of cooldown left. */
const FACTOR = 0;
const BEST = 1;
const BAD = 2;
const COOLDOWN = 3;

export const reduceOnPlateau = defineSchedule({
  kind: 'reduceOnPlateau',
  summary:
    'The learning rate times `factor` when f has not improved for more than `patience` steps; f(x_k) decides about update k + 1.',
  formula:
    'γ ← max(γ · factor, minLr) after patience + 1 steps without f < best (1 - threshold), or best - threshold',
  latex: String.raw`\gamma \leftarrow \max(\alpha \gamma, \gamma_{\min}) \quad \text{when } f(x_k) \ge f_{\text{best}} (1 - \varepsilon) \text{ for more than } p \text{ steps}`,
  source: 'torch ReduceLROnPlateau, called with f(x_k) after update k',
  params: z.strictObject({
    mode: z.enum(['min', 'max']).default('min'),
    factor: real({ min: 0, below: 1 }).default(0.1),
    patience: steps(0).default(10),
    threshold: real({ min: 0 }).default(1e-4).describe('by how much a value must be better'),
    thresholdMode: z.enum(['rel', 'abs']).default('rel'),
    cooldown: steps(0).default(0).describe('steps after a reduction that do not count'),
    minLr: rate().default(0).describe('a learning rate'),
    eps: real({ min: 0 }).default(1e-8).describe('a smaller reduction is not made'),
  }),
  example: { factor: 0.5, patience: 5 },
  build: ({ mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps }) => {
    const sign = mode === 'min' ? -1 : 1;
    const slope = thresholdMode === 'rel' ? 1 + sign * threshold : 1;
    const shift = thresholdMode === 'abs' ? sign * threshold : 0;
    return {
      init: () => Float64Array.of(1, -sign * Infinity, 0, 0),
      rate(base, _step, value, state) {
        const memory = state as Float64Array;
        const now = base * (memory[FACTOR] as number);
        const bound = (memory[BEST] as number) * slope + shift;
        if (mode === 'min' ? value < bound : value > bound) {
          memory[BEST] = value;
          memory[BAD] = 0;
        } else memory[BAD] = (memory[BAD] as number) + 1;
        if ((memory[COOLDOWN] as number) > 0) {
          memory[COOLDOWN] = (memory[COOLDOWN] as number) - 1;
          memory[BAD] = 0;
        }
        if ((memory[BAD] as number) > patience) {
          const next = Math.max(now * factor, minLr);
          if (now - next > eps) memory[FACTOR] = next / base;
          memory[COOLDOWN] = cooldown;
          memory[BAD] = 0;
        }
        return now;
      },
    };
  },
});
