import { z } from 'zod';
import { real } from '../schema.js';
import { chain, remembering, type Transform } from '../transform.js';
import { defineOptimizer, learningRate, maximize } from './optimizer.js';
import { negate } from './transforms.js';

export const rprop = defineOptimizer({
  kind: 'rprop',
  summary:
    'A step length for each parameter that grows while the gradient keeps its sign; for full batches, PyTorch’s semantics.',
  formula:
    's ← s · η⁺ if g g_{t-1} > 0, s · η⁻ and g ← 0 if < 0, within stepSizes, γ at first; x ← x - s · sign(g)',
  latex: String.raw`s_t = \operatorname{clamp}\bigl(s_{t-1} \cdot \{\eta^+, \eta^-, 1\}_{\operatorname{sign}(g_t g_{t-1})}\bigr), \quad g_t \leftarrow 0 \text{ where } g_t g_{t-1} < 0, \quad x_{t+1} = x_t - s_t \operatorname{sign}(g_t)`,
  source: 'Riedmiller and Braun 1993, torch.optim.Rprop',
  params: z.strictObject({
    learningRate: learningRate.default(1e-2).describe('the first step length'),
    etas: z
      .tuple([real({ above: 0, below: 1 }), real({ above: 1 })])
      .default([0.5, 1.2])
      .describe('η⁻ and η⁺'),
    stepSizes: z
      .tuple([real({ min: 0 }), real({ min: 0, infinite: true })])
      .default([1e-6, 50])
      .refine(([least, greatest]) => least <= greatest, {
        error: ({ input }) => `must be a least and a greatest, got ${(input as number[]).join(' and ')}`,
      })
      .describe('least and greatest step length'),
    maximize,
    delayed: z.boolean().default(false).describe('takes the step before, 0 at first, as Optax does'),
  }),
  example: { learningRate: 0.01 },
  build: ({ learningRate, etas, stepSizes, maximize, delayed }) => ({
    transform: chain(...(maximize ? [negate] : []), signSteps(etas, stepSizes, delayed)),
    learningRate,
    flopsPerParameter: 7,
    statePerParameter: 2,
  }),
});

const signSteps = (
  [shrink, grow]: readonly [number, number],
  [least, greatest]: readonly [number, number],
  delayed: boolean,
): Transform =>
  remembering(['previous', 'size'], (g, { previous, size }, _x, { count, learningRate }) => {
    if (count === 1) size.fill(learningRate);
    for (let i = 0; i < g.length; i++) {
      const product = g[i] * previous[i];
      const turned = product < 0;
      const factor = turned ? shrink : product > 0 ? grow : 1;
      const before = size[i] as number;
      // Optax leaves a first step length alone that PyTorch brings within the limits.
      const free = delayed && product === 0;
      const length = free ? before : Math.min(greatest, Math.max(least, before * factor));
      const gi = turned ? 0 : (g[i] as number);
      const step = delayed ? (turned ? 0 : before * Math.sign(previous[i])) : length * Math.sign(gi);
      size[i] = length;
      previous[i] = gi;
      g[i] = -step;
    }
  });
