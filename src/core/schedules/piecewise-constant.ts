import { z } from 'zod';
import { checkPieces, cumulativeFactors, piecewiseParams, reached } from './boundaries.js';
import { defineSchedule } from './schedule.js';

export const piecewiseConstant = defineSchedule({
  kind: 'piecewiseConstant',
  summary: 'The learning rate times `scales[i]` from step `boundaries[i]` on, one after another.',
  formula: 'γ_t = γ · Π scales_i over boundaries_i <= t',
  latex: String.raw`\gamma_t = \gamma \prod_{i : b_i \le t} s_i`,
  source: 'optax piecewise_constant_schedule, boundaries_and_scales as two lists',
  params: z.strictObject(piecewiseParams).check(checkPieces),
  example: { boundaries: [10, 30], scales: [0.5, 0.2] },
  build: ({ boundaries, scales, initValue }) => {
    const factors = cumulativeFactors(scales);
    return {
      rate: (base, step) => (initValue ?? base) * (factors[reached(boundaries, step)] as number),
    };
  },
});
