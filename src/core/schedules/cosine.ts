import { z } from 'zod';
import { math } from '../kernels/wasm.js';
import { real } from '../schema.js';
import { defineSchedule } from './schedule.js';

export const cosine = defineSchedule({
  kind: 'cosine',
  summary: 'From the optimizer’s learning rate down to `minimum` along a half cosine of `steps` steps.',
  formula: 'γ_t = γ_min + (γ - γ_min) ((1 + cos(π t / steps)) / 2)^exponent',
  latex: String.raw`\gamma_t = \gamma_{\min} + (\gamma - \gamma_{\min}) \left(\frac{1 + \cos(\pi t / T)}{2}\right)^p`,
  source:
    'Loshchilov and Hutter 2017 (arXiv:1608.03983); `periodic` gives torch CosineAnnealingLR, without it optax cosine_decay_schedule',
  params: z.strictObject({
    steps: z.int().min(1).max(4294967295),
    minimum: real({ min: 0 }).default(0).describe('a learning rate'),
    exponent: real({ above: 0 }).default(1),
    periodic: z.boolean().default(false).describe('rise again after `steps`'),
  }),
  example: { steps: 100 },
  build: ({ steps, minimum, exponent, periodic }) => ({
    rate(base, step) {
      const at = periodic ? step % (2 * steps) : Math.min(step, steps);
      const decay = 0.5 * (1 + math.cos((Math.PI * at) / steps));
      return minimum + (base - minimum) * (exponent === 1 ? decay : math.pow(decay, exponent));
    },
  }),
});
