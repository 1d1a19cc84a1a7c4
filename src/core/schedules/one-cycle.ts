import { z } from 'zod';
import { real } from '../schema.js';
import { defineSchedule, rate, steps } from './schedule.js';
import { halfCosine, line } from './shapes.js';

export const oneCycle = defineSchedule({
  kind: 'oneCycle',
  summary:
    'Up from `maxLr` / `divFactor` to `maxLr`, and down to far below the first, once in `totalSteps` steps.',
  formula:
    'γ_0 = maxLr / divFactor, maxLr at pctStart · totalSteps - 1, γ_0 / finalDivFactor at totalSteps - 1; threePhase: γ_0 again at 2 pctStart · totalSteps - 2',
  latex: String.raw`\gamma_0 = \frac{\gamma_{\max}}{d}, \quad \gamma_{p T - 1} = \gamma_{\max}, \quad \gamma_{T - 1} = \frac{\gamma_0}{d_f}`,
  source:
    'torch OneCycleLR (Smith and Topin 2017, arXiv:1708.07120); the one-cycle schedules of optax are cases of piecewiseInterpolate',
  params: z.strictObject({
    maxLr: rate().optional().describe('a learning rate; the base when absent'),
    totalSteps: steps(),
    pctStart: real({ min: 0, max: 1 }).default(0.3).describe('the part of the steps that goes up'),
    annealStrategy: z.enum(['cos', 'linear']).default('cos'),
    divFactor: real({ above: 0 }).default(25),
    finalDivFactor: real({ above: 0 }).default(1e4),
    threePhase: z.boolean().default(false).describe('down to the first at the pace of the rise, then on'),
  }),
  example: { totalSteps: 100 },
  build: ({ maxLr, totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor, threePhase }) => {
    const between = annealStrategy === 'cos' ? halfCosine : line;
    const last = totalSteps - 1;
    const top = pctStart * totalSteps - 1;
    const turn = threePhase ? 2 * pctStart * totalSteps - 2 : top;
    return {
      rate(base, step) {
        const max = maxLr ?? base;
        const first = max / divFactor;
        const t = Math.min(step, last);
        if (t <= top) return between(first, max, part(t, 0, top));
        if (threePhase && t <= turn) return between(max, first, part(t, top, turn));
        return between(threePhase ? first : max, first / finalDivFactor, part(t, turn, last));
      },
    };
  },
});

/** Where `step` is between two others; at the end of a phase that has no length. */
const part = (step: number, start: number, end: number): number =>
  end === start ? 1 : (step - start) / (end - start);
