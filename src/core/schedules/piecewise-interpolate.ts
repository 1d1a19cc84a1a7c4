import { z } from 'zod';
import { checkPieces, cumulativeFactors, piecewiseParams, reached } from './boundaries.js';
import { defineSchedule } from './schedule.js';
import { halfCosine, line } from './shapes.js';

export const piecewiseInterpolate = defineSchedule({
  kind: 'piecewiseInterpolate',
  summary:
    'Through the learning rate times `scales[0]`, then times `scales[1]` ... at the boundaries, in between along lines or half cosines.',
  formula:
    'γ_t between v_i at boundaries_i and v_(i+1) at the next, v_0 = γ at 0, v_(i+1) = v_i · scales_i; then constant',
  latex: String.raw`\gamma_{b_i} = \gamma \prod_{j \le i} s_j, \quad \gamma_t = \gamma_{b_i} + (\gamma_{b_{i+1}} - \gamma_{b_i})\, \phi\!\left(\frac{t - b_i}{b_{i+1} - b_i}\right)`,
  source:
    'optax piecewise_interpolate_schedule, boundaries_and_scales as two lists; linear_onecycle_schedule and cosine_onecycle_schedule are cases of it',
  params: z
    .strictObject({
      interpolateType: z.enum(['linear', 'cosine']).default('linear'),
      ...piecewiseParams,
    })
    .check(checkPieces),
  example: { interpolateType: 'cosine', boundaries: [10, 30], scales: [0.5, 0.2] },
  build: ({ interpolateType, boundaries, scales, initValue }) => {
    const between = interpolateType === 'linear' ? line : halfCosine;
    const factors = cumulativeFactors(scales);
    return {
      rate(base, step) {
        const start = initValue ?? base;
        const i = reached(boundaries, step);
        const from = start * (factors[i] as number);
        if (i === boundaries.length) return from;
        const begin = i === 0 ? 0 : (boundaries[i - 1] as number);
        const part = (step - begin) / ((boundaries[i] as number) - begin);
        return between(from, start * (factors[i + 1] as number), part);
      },
    };
  },
});
