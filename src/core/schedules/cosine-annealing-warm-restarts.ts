import { z } from 'zod';
import { defineSchedule, rate, steps } from './schedule.js';
import { halfCosine } from './shapes.js';

export const cosineAnnealingWarmRestarts = defineSchedule({
  kind: 'cosineAnnealingWarmRestarts',
  summary:
    'From the learning rate down to `etaMin` along half a cosine, again and again, each `tMult` times as long.',
  formula:
    'γ_t = etaMin + (γ - etaMin) (1 + cos(π s / T)) / 2, s steps after a restart, T = t0, t0 · tMult, ...',
  latex: String.raw`\gamma_t = \eta_{\min} + (\gamma - \eta_{\min}) \frac{1 + \cos(\pi T_{cur} / T_i)}{2}, \quad T_{i+1} = T_{mult} T_i`,
  source:
    'SGDR, Loshchilov and Hutter 2017 (arXiv:1608.03983), torch CosineAnnealingWarmRestarts; optax sgdr_schedule is a sequence of warmup and cosine',
  params: z.strictObject({
    t0: steps().describe('steps until the first restart'),
    tMult: steps().default(1),
    etaMin: rate().default(0).describe('a learning rate'),
  }),
  example: { t0: 10, tMult: 2 },
  build: ({ t0, tMult, etaMin }) => ({
    rate(base, step) {
      let length = t0;
      let since = step;
      if (tMult === 1) since %= t0;
      else
        while (since >= length) {
          since -= length;
          length *= tMult;
        }
      return halfCosine(base, etaMin, since / length);
    },
  }),
});
