import { z } from 'zod';
import { defineSchedule, rate, steps } from './schedule.js';
import { halfCosine } from './shapes.js';

export const cosineAnnealing = defineSchedule({
  kind: 'cosineAnnealing',
  summary: 'From the learning rate down to `etaMin` along half a cosine of `tMax` steps, and up again.',
  formula: 'γ_t = etaMin + (γ - etaMin) (1 + cos(π t / tMax)) / 2',
  latex: String.raw`\gamma_t = \eta_{\min} + (\gamma - \eta_{\min}) \frac{1 + \cos(\pi t / T_{\max})}{2}`,
  source:
    'torch CosineAnnealingLR (Loshchilov and Hutter 2017, arXiv:1608.03983); cosine is the general form',
  params: z.strictObject({ tMax: steps(), etaMin: rate().default(0).describe('a learning rate') }),
  example: { tMax: 100 },
  build: ({ tMax, etaMin }) => ({
    rate: (base, step) => halfCosine(base, etaMin, (step % (2 * tMax)) / tMax),
  }),
});
