import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { defineSchedule, rate, steps } from './schedule.js';

export const cyclic = defineSchedule({
  kind: 'cyclic',
  summary:
    'Up from `baseLr` to `maxLr` and down again, for ever; half as high each cycle, or `gamma` times each step.',
  formula: 'γ_t = baseLr + (maxLr - baseLr) · triangle(t) · (1, 2^-cycle or gamma^t)',
  latex: String.raw`\gamma_t = \gamma_{\min} + (\gamma_{\max} - \gamma_{\min})\, \Delta(t)\, h(t), \quad h \in \{1,\ 2^{-\lfloor t / T \rfloor},\ \beta^t\}`,
  source: 'torch CyclicLR (Smith 2017, arXiv:1506.01186)',
  params: z.strictObject({
    baseLr: rate().optional().describe('a learning rate; the base when absent'),
    maxLr: rate().describe('a learning rate'),
    stepSizeUp: steps().default(2000),
    stepSizeDown: steps().optional().describe('stepSizeUp when absent'),
    mode: z.enum(['triangular', 'triangular2', 'exp_range']).default('triangular'),
    gamma: real({ min: 0, max: 1 }).default(1).describe('of exp_range'),
  }),
  example: { maxLr: 0.1, stepSizeUp: 20 },
  build: ({ baseLr, maxLr, stepSizeUp, stepSizeDown = stepSizeUp, mode, gamma }) => {
    const total = stepSizeUp + stepSizeDown;
    const ratio = stepSizeUp / total;
    return {
      rate(base, step) {
        const low = baseLr ?? base;
        // In torch's own order, because what is small near `low` comes from a difference.
        const cycle = Math.floor(1 + step / total);
        const x = 1 + step / total - cycle;
        const height = x <= ratio ? x / ratio : (x - 1) / (ratio - 1);
        const decay =
          mode === 'triangular'
            ? 1
            : mode === 'triangular2'
              ? math.pow(0.5, cycle - 1)
              : math.pow(gamma, step);
        return low + (maxLr - low) * height * decay;
      },
    };
  },
});
